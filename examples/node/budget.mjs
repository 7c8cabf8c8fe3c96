// The budget: a paid model is asked only with money that was set aside before. Amounts are dollars: a number, which
// counts as the decimal that it is printed as, or a text.

import { c, call, Handle, make, setText, takeText } from './libaion.mjs';

const COST_UNKNOWN = -1;
const NO_HOURLY_LIMIT = 0xffffffff;
const STATES = [null, 'held', 'dispatched', 'settled', 'released'];

/** The most that paid calls may cost. Freed by `close()`; grants go on without it. */
export class Budget extends Handle {
  /** The tokens that a paid reply may have. */
  maxTokensPerReply;

  /**
   * `path`: an SQLite file, shared by processes; none for books in memory. What is not given has its default, and
   * `maxFallbacksPerHour` of null is no limit. With `fromEnv` the defaults are those of the environment.
   */
  constructor({ path = '', fromEnv = false, ...settings } = {}) {
    const policy = fromEnv ? make(c.aion_budget_policy_from_env) : c.aion_budget_policy_new();
    let pointer;
    try {
      setPolicy(policy, settings);
      pointer = make(c.aion_budget_open, path, Buffer.byteLength(path), policy);
    } finally {
      c.aion_budget_policy_free(policy);
    }
    super(pointer, c.aion_budget_free);
    this.maxTokensPerReply = c.aion_budget_max_tokens_per_reply(pointer);
  }

  /** Who answers: `verdict`, `reason`, `explanation`, `record`, and the `grant` of a paid call. No cost is unknown. */
  async decide({ confidence, costUsd = null, key = '' }) {
    const cost = costUsd === null ? COST_UNKNOWN : micros(c.aion_usd_at_least, costUsd);
    const out = [null];
    await this.use(c.aion_budget_decide, confidence, cost, key, Buffer.byteLength(key), out);
    return copyDecision(out[0]);
  }

  /** Another handle of a grant, by its id. Closing it does not end the grant. */
  async grant(id) {
    const out = [null];
    await this.use(c.aion_budget_grant, id, Buffer.byteLength(id), out);
    return new Grant(out[0]);
  }

  /** The current window at a glance. */
  async status() {
    const status = {};
    await this.use(c.aion_budget_status, status);
    const hourly = status.max_fallbacks_per_hour;
    return {
      window: status.window,
      windowEnds: new Date(Number(status.window_ends_ms)),
      dailyUsd: dollars(status.daily_micro_usd),
      spentUsd: dollars(status.spent_micro_usd),
      heldUsd: dollars(status.held_micro_usd),
      dispatchedUsd: dollars(status.dispatched_micro_usd),
      remainingUsd: dollars(status.remaining_micro_usd),
      overrunUsd: dollars(status.overrun_micro_usd),
      fallbacksLastHour: Number(status.fallbacks_last_hour),
      maxFallbacksPerHour: hourly === NO_HOURLY_LIMIT ? null : hourly,
      clock: status.clock,
      ledger: status.ledger,
    };
  }

  /** Ends the grants of processes that died, and gives how many. */
  async sweep() {
    const ended = [0];
    await this.use(c.aion_budget_sweep, ended);
    return Number(ended[0]);
  }

  /** Vouches for the wall clock. */
  confirmClock() {
    return this.use(c.aion_budget_confirm_clock);
  }

  /** Checks the whole journal: its `problems` are sentences, none in books that are right. */
  async audit() {
    const report = [null];
    await this.use(c.aion_budget_audit, [0], report);
    return JSON.parse(takeText(report[0]));
  }

  /** Up to `limit` lines of the journal after line `after`. */
  async journal({ after = 0, limit = 1000 } = {}) {
    const out = [null];
    await this.use(c.aion_budget_journal_json, after, limit, out);
    return JSON.parse(takeText(out[0]));
  }
}

/** The money for one paid call. `close()` ends it as is safe: released before it left, captured in full after. */
class Grant extends Handle {
  constructor(pointer) {
    super(pointer, c.aion_grant_free);
    this.id = c.aion_grant_id(pointer, null);
    this.heldUsd = dollars(c.aion_grant_held(pointer));
  }

  /** 'held', 'dispatched', 'settled' or 'released'. */
  async state() {
    const state = [0];
    await this.use(c.aion_grant_state, state);
    return STATES[state[0]];
  }

  /** To be awaited before the bytes of the call leave. */
  dispatched() {
    return this.use(c.aion_grant_dispatched);
  }

  /** What the call cost; the rest is given back. */
  async settle(actualUsd) {
    const [captured, overrun] = [[0], [0]];
    await this.use(c.aion_grant_settle, micros(c.aion_usd_at_least, actualUsd), captured, overrun);
    return { capturedUsd: dollars(captured[0]), overrunUsd: dollars(overrun[0]) };
  }

  /** No call was made and none will be. */
  release() {
    return this.use(c.aion_grant_release);
  }

  /** Does what closing would do, and tells whether it worked. */
  end() {
    return this.use(c.aion_grant_end);
  }
}

/** Makes a decision again from its record, which gives the same verdict and reason. */
export function replayDecision(record) {
  const json = JSON.stringify(record);
  return copyDecision(make(c.aion_replay_decision, json, Buffer.byteLength(json)));
}

function copyDecision(decision) {
  const grant = c.aion_decision_take_grant(decision);
  try {
    return {
      verdict: c.aion_decision_is_fallback(decision) ? 'fallback' : 'local',
      reason: c.aion_decision_reason(decision, null),
      explanation: c.aion_decision_explanation(decision, null),
      record: JSON.parse(c.aion_decision_record_json(decision, null)),
      grant: grant && new Grant(grant),
    };
  } finally {
    c.aion_decision_free(decision);
  }
}

function setPolicy(policy, settings) {
  const set = (setter, value, convert = (same) => same) => {
    if (value !== undefined) call(setter, policy, convert(value));
  };
  set(c.aion_budget_policy_set_enabled, settings.enabled);
  set(c.aion_budget_policy_set_daily_micro_usd, settings.dailyUsd, (usd) => micros(c.aion_usd_at_most, usd));
  set(c.aion_budget_policy_set_max_fallbacks_per_hour, settings.maxFallbacksPerHour, (calls) => calls ?? NO_HOURLY_LIMIT);
  set(c.aion_budget_policy_set_confidence_threshold, settings.confidenceThreshold);
  set(c.aion_budget_policy_set_max_tokens_per_reply, settings.maxTokensPerReply);
  setText(c.aion_budget_policy_set_timezone, policy, settings.timezone);
  setText(c.aion_budget_policy_set_after_reboot, policy, settings.afterReboot);
  set(c.aion_budget_policy_set_clock_tolerance_ms, settings.clockToleranceMs);
  set(c.aion_budget_policy_set_grace_ms, settings.graceMs);
  set(c.aion_budget_policy_set_patience_ms, settings.patienceMs);
}

function micros(round, usd) {
  const text = String(usd);
  const out = [0];
  call(round, text, Buffer.byteLength(text), out);
  return out[0];
}

function dollars(microUsd) {
  return Number(microUsd) / 1e6;
}
