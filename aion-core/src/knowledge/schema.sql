-- The memory of one assistant. Times are milliseconds since 1970, UTC; vectors are little-endian f32 of length 1.

CREATE TABLE store (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  identity   INTEGER NOT NULL,
  -- How often vectors were added or removed, and how often removed: what an index in memory is kept in step by.
  generation INTEGER NOT NULL,
  removals   INTEGER NOT NULL
) STRICT;

INSERT INTO store (id, identity, generation, removals) VALUES (1, random(), 0, 0);

-- What vectors can be compared: those of one model.
CREATE TABLE spaces (
  id        INTEGER PRIMARY KEY,
  name      TEXT NOT NULL UNIQUE,
  dimension INTEGER NOT NULL CHECK (dimension > 0)
) STRICT;

CREATE TABLE documents (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  source        TEXT NOT NULL UNIQUE,
  -- The host of a web address, in lower case.
  host          TEXT,
  kind          TEXT NOT NULL CHECK (kind IN ('text', 'page', 'file', 'image')),
  title         TEXT NOT NULL,
  language      TEXT,
  -- SHA-256 of the content and of how it was read.
  hash          BLOB NOT NULL CHECK (length(hash) = 32),
  version       INTEGER NOT NULL CHECK (version > 0),
  -- The page of a picture.
  parent        INTEGER REFERENCES documents (id) ON DELETE CASCADE,
  text_space    INTEGER REFERENCES spaces (id),
  image_space   INTEGER REFERENCES spaces (id),
  etag          TEXT,
  last_modified TEXT,
  fetched_at    INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  meta          TEXT NOT NULL CHECK (json_valid(meta)),
  ema           BLOB,
  ema_space     INTEGER REFERENCES spaces (id),
  ema_updates   INTEGER NOT NULL DEFAULT 0,
  CHECK ((ema IS NULL) = (ema_space IS NULL))
) STRICT;

CREATE INDEX documents_by_host ON documents (host);
CREATE INDEX documents_by_time ON documents (fetched_at);
CREATE INDEX documents_by_parent ON documents (parent);

-- The text of a document, cut: one after the other they are the whole. `start` and `stop` are bytes of UTF-8.
CREATE TABLE chunks (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  ordinal  INTEGER NOT NULL,
  start    INTEGER NOT NULL,
  stop     INTEGER NOT NULL,
  -- The title of the document, in its first chunk only, so that words of it are found.
  heading  TEXT NOT NULL,
  text     TEXT NOT NULL,
  UNIQUE (document, ordinal),
  CHECK (stop - start = length(CAST(text AS BLOB)))
) STRICT;

CREATE TABLE vectors (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  chunk    INTEGER NOT NULL REFERENCES chunks (id) ON DELETE CASCADE,
  space    INTEGER NOT NULL REFERENCES spaces (id),
  kind     TEXT NOT NULL CHECK (kind IN ('text', 'image')),
  -- Whether the document's moving average has not seen it yet.
  is_new   INTEGER NOT NULL CHECK (is_new IN (0, 1)),
  data     BLOB NOT NULL,
  UNIQUE (chunk, space, kind)
) STRICT;

CREATE INDEX vectors_by_document ON vectors (document);
-- Lists the vectors of a space without reading them.
CREATE INDEX vectors_by_space ON vectors (space, kind);

CREATE VIRTUAL TABLE words USING fts5 (
  heading, text,
  content = 'chunks', content_rowid = 'id',
  tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER chunk_is_added AFTER INSERT ON chunks BEGIN
  INSERT INTO words (rowid, heading, text) VALUES (new.id, new.heading, new.text);
END;

CREATE TRIGGER chunk_is_removed AFTER DELETE ON chunks BEGIN
  INSERT INTO words (words, rowid, heading, text) VALUES ('delete', old.id, old.heading, old.text);
END;

CREATE TRIGGER chunk_is_kept BEFORE UPDATE ON chunks
BEGIN SELECT RAISE(ABORT, 'a chunk is replaced, never changed'); END;

CREATE TABLE interactions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  made_at    INTEGER NOT NULL,
  messages   TEXT NOT NULL CHECK (json_valid(messages)),
  citations  TEXT NOT NULL CHECK (json_valid(citations)),
  rating     REAL,
  source     TEXT NOT NULL CHECK (source IN ('local', 'paid')),
  confidence REAL,
  cost       INTEGER NOT NULL CHECK (cost >= 0),
  record     TEXT CHECK (record IS NULL OR json_valid(record))
) STRICT;

-- What was decided, by whom: approvals of pages, paid calls.
CREATE TABLE decisions (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  made_at INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  subject TEXT NOT NULL,
  actor   TEXT NOT NULL,
  verdict TEXT NOT NULL,
  record  TEXT NOT NULL CHECK (json_valid(record))
) STRICT;

CREATE INDEX decisions_by_subject ON decisions (kind, subject, id);

CREATE TRIGGER decision_is_kept BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'a decision is never changed'); END;

CREATE TABLE jobs (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  kind        TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  done        INTEGER NOT NULL DEFAULT 0,
  total       INTEGER NOT NULL DEFAULT 0,
  payload     TEXT NOT NULL CHECK (json_valid(payload)),
  result      TEXT CHECK (result IS NULL OR json_valid(result)),
  error       TEXT,
  created_at  INTEGER NOT NULL,
  started_at  INTEGER,
  finished_at INTEGER
) STRICT;
