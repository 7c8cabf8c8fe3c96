// Learning: training sets, adapters of a language model, and their versions.

import { c, call, callAsync, Control, counted, Handle, make, takeJson, takeText } from './libaion.mjs';

const bytes = (text) => Buffer.byteLength(text);

/**
 * Writes the training set of the interactions in the file `source` to `path`, both JSON lines, and gives what became of
 * them: `read`, `kept`, `damagedLines` and so on. `system` is what is said first, '' for nothing.
 */
export async function buildSft(source, path, { system, minRating, limit, scrubPii = true, ...control } = {}) {
  const options = {
    ...counted('system', system || null),
    without_system: system === '',
    has_min_rating: minRating !== undefined,
    min_rating: minRating ?? 0,
    limit: limit ?? 0,
    keep_pii: !scrubPii,
  };
  const out = [null];
  await controlled(control, ({ pointer }) =>
    callAsync(c.aion_sft_build, source, bytes(source), path, bytes(path), options, pointer, out));
  return takeJson(out[0], c.aion_sft_report_to_json, c.aion_sft_report_free);
}

/** The versions of one adapter under a root. `root/aion-current` always opens as a whole PEFT adapter. */
export class Adapters extends Handle {
  /** `keep` versions are kept; a call waits `patienceMs` for another promotion. */
  constructor(root, { keep = 0, patienceMs = 0 } = {}) {
    const options = { keep, patience_ms: patienceMs };
    super(make(c.aion_adapters_open, root, bytes(root), options, null), c.aion_adapters_free);
  }

  /**
   * Makes a verified copy of the adapter in `path` current. `base`: what it must fit; `heldOut`: a `HeldOut` on which it
   * must not be worse than what is current, and which stays open until then; `metrics`: numbers to keep.
   */
  async promote(path, { base = '', heldOut = null, metrics = {}, ...control } = {}) {
    if (heldOut?.pointer === null) throw new Error('this HeldOut is closed');
    const noted = Object.entries(metrics).map(([name, value]) => ({ ...counted('name', name), value }));
    const options = {
      check: null,
      user: null,
      ...counted('base', base),
      metrics: noted,
      metric_count: noted.length,
      held_out: heldOut?.pointer ?? null,
    };
    const out = [null];
    await controlled(control, ({ pointer }) =>
      this.use(c.aion_adapter_promote, path, bytes(path), options, pointer, out));
    return takeVersion(out[0]);
  }

  /** The current version; null if nothing was promoted yet. */
  async current() {
    const out = [null];
    await this.use(c.aion_adapters_current, out);
    return takeVersion(out[0]);
  }

  /** Goes back to the version before the current one, and gives it. */
  async rollback(control) {
    const out = [null];
    await controlled(control, ({ pointer }) => this.use(c.aion_adapters_rollback, pointer, out));
    return takeVersion(out[0]);
  }

  /** The versions that have been current and are still there, the newest first. */
  async history() {
    const out = [null];
    await this.use(c.aion_adapters_history, out);
    try {
      const count = Number(c.aion_adapter_history_count(out[0]));
      return Array.from({ length: count }, (_, index) => copyVersion(c.aion_adapter_history_at(out[0], index)));
    } finally {
      c.aion_adapter_history_free(out[0]);
    }
  }

  /** Holds a version, the current one without an `id`: its files stay until `close()`. Null if there is none. */
  async pin(id = '') {
    const out = [null];
    await this.use(c.aion_adapters_pin, id, bytes(id), out);
    return out[0] && new PinnedVersion(out[0]);
  }
}

/** A set that nothing is trained on, to compare adapters of a base by their loss. */
export class HeldOut extends Handle {
  /** `path`: a set that `buildSft` wrote. A candidate's loss may be above the other by `epsilon`. */
  constructor(base, path, { epsilon, assistantOnly = false } = {}) {
    const options = { ...c.aion_held_out_options_default(), assistant_only: assistantOnly };
    options.epsilon = epsilon ?? options.epsilon;
    super(make(c.aion_held_out_open, base, bytes(base), path, bytes(path), options, null), c.aion_held_out_free);
  }

  /** The mean cross-entropy in nats, with the adapter in a directory or of the base alone. */
  async loss(adapter = '', control) {
    const loss = [0];
    await controlled(control, ({ pointer }) =>
      this.use(c.aion_held_out_loss, adapter, bytes(adapter), pointer, loss));
    return loss[0];
  }
}

/** A version that is held: `version.path` stays as it is until `close()`. */
class PinnedVersion extends Handle {
  constructor(pointer) {
    super(pointer, c.aion_adapter_pin_free);
    this.version = copyVersion(c.aion_adapter_pin_version(pointer));
  }

  /** Compares every file with what was promoted. */
  verify(control) {
    return controlled(control, ({ pointer }) => this.use(c.aion_adapter_pin_verify, pointer));
  }
}

/** The settings of a trainer, and how C names them. */
const TRAINER = {
  rank: 'rank',
  alpha: 'alpha',
  dropout: 'dropout',
  learningRate: 'learning_rate',
  maxLength: 'max_length',
  recompute: 'recompute',
  seed: 'seed',
  threads: 'threads',
};

/** Trains an adapter on the base in a Hugging Face directory. One call at a time. */
export class LoraTrainer extends Handle {
  constructor(base, { adapter = '', ...settings } = {}) {
    const options = c.aion_lora_options_default();
    for (const [name, value] of Object.entries(settings)) {
      if (!(name in TRAINER)) throw new TypeError(`a trainer has no setting ${name}`);
      if (value !== undefined) options[TRAINER[name]] = value;
    }
    super(make(c.aion_lora_new, base, bytes(base), adapter, bytes(adapter), options, null), c.aion_lora_free);
  }

  /** Learns from a set that `buildSft` wrote, and gives `updates`, `losses`, `dataset` and so on. */
  async train(path, { epochs = 1, batchSize = 0, heldOut = 0, assistantOnly = false, ...control } = {}) {
    const options = {
      epochs,
      batch_size: batchSize,
      batch_tokens: 0,
      held_out: heldOut,
      evaluate_every: 0,
      ...counted('checkpoint'),
      checkpoint_every: 0,
      assistant_only: assistantOnly,
      chat_template: false,
    };
    const out = [null];
    await controlled(control, ({ pointer }) =>
      this.use(c.aion_lora_train, path, bytes(path), options, pointer, out));
    return JSON.parse(takeText(out[0]));
  }

  /** Writes the adapter as a PEFT directory. */
  save(path) {
    call(c.aion_lora_save, this.pointer, path, bytes(path));
  }
}

/** Does `work` with a control, which is freed. */
async function controlled(settings, work) {
  const control = new Control(settings);
  try {
    await work(control);
  } finally {
    control.close();
  }
}

function copyVersion(version) {
  return JSON.parse(takeText(make(c.aion_adapter_version_to_json, version)));
}

function takeVersion(version) {
  if (version === null) return null;
  try {
    return copyVersion(version);
  } finally {
    c.aion_adapter_version_free(version);
  }
}
