-- The books of a budget. Money is in micro-dollars (millionths), time in milliseconds since 1970, UTC.
-- What the code promises is promised here again, so that no other program can break it either.

CREATE TABLE ledger (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  identity INTEGER NOT NULL
) STRICT;

INSERT INTO ledger (id, identity) VALUES (1, random());

CREATE TABLE clock (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  boot    TEXT NOT NULL,
  elapsed INTEGER NOT NULL,
  time    INTEGER NOT NULL,
  basis   TEXT NOT NULL
) STRICT;

CREATE TABLE account (
  window     TEXT PRIMARY KEY,
  cap        INTEGER NOT NULL CHECK (cap >= 0),
  captured   INTEGER NOT NULL CHECK (captured >= 0),
  dispatched INTEGER NOT NULL CHECK (dispatched >= 0),
  held       INTEGER NOT NULL CHECK (held >= 0),
  overrun    INTEGER NOT NULL CHECK (overrun >= 0),
  CHECK (captured - overrun + dispatched + held <= cap)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER account_is_kept BEFORE DELETE ON account
BEGIN SELECT RAISE(ABORT, 'an account is never deleted'); END;

CREATE TRIGGER account_never_goes_back BEFORE INSERT ON account
WHEN NEW.window <= (SELECT max(window) FROM account)
BEGIN SELECT RAISE(ABORT, 'a window is never older than the newest'); END;

-- The grants of the last hour, and all that are under way. It is small and has no index, so that an edge writes
-- three pages: this one, the account's and the journal's. A grant's number is the line that tells of its making.
CREATE TABLE grants (
  number     INTEGER PRIMARY KEY,
  window     TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('held', 'dispatched', 'settled', 'released')),
  hold       INTEGER NOT NULL CHECK (hold >= 0),
  owner      TEXT NOT NULL,
  made_at    INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER grants_keep_to_the_edges BEFORE UPDATE ON grants
WHEN NEW.number <> OLD.number OR NEW.window <> OLD.window OR NEW.hold <> OLD.hold OR NEW.made_at <> OLD.made_at
  OR NOT (OLD.state = 'held' AND NEW.state IN ('dispatched', 'released')
    OR OLD.state = 'dispatched' AND NEW.state = 'settled')
BEGIN SELECT RAISE(ABORT, 'a grant has no such edge'); END;

CREATE TRIGGER grants_are_kept_while_under_way BEFORE DELETE ON grants WHEN OLD.state IN ('held', 'dispatched')
BEGIN SELECT RAISE(ABORT, 'a grant that is under way is kept'); END;

CREATE TABLE answers (
  key    BLOB PRIMARY KEY CHECK (length(key) = 32),
  at     INTEGER NOT NULL,
  number INTEGER,
  record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
  line       INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  edge       TEXT NOT NULL CHECK (edge IN ('held', 'dispatched', 'settled', 'released', 'lost', 'clock_confirmed')),
  number     INTEGER,
  window     TEXT,
  captured   INTEGER NOT NULL,
  dispatched INTEGER NOT NULL,
  held       INTEGER NOT NULL,
  overrun    INTEGER NOT NULL,
  cap        INTEGER NOT NULL,
  record     TEXT
) STRICT;

CREATE TRIGGER journal_is_only_added_to BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;

CREATE TRIGGER journal_is_kept BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
