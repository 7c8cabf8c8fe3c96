// The border: the functions of include/aion.h as koffi calls them, their errors, and their handles.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import koffi from 'koffi';

const ABI_VERSION = 1;
const OK = 0;

// By default koffi gives a call 128 KiB of stack, which decoders and models do not fit into.
koffi.config({ async_stack_size: 4 << 20 });

const lib = koffi.load(findLibrary());

const HANDLES = 'budget budget_policy config control decision engine error grant image ocr text';
for (const name of HANDLES.split(' ')) koffi.opaque(`aion_${name}_t`);
koffi.struct('aion_source_t', {
  data: 'const uint8_t *',
  length: 'size_t',
  kind: 'uint32_t',
  width: 'uint32_t',
  height: 'uint32_t',
  channels: 'uint32_t',
});
koffi.struct('aion_parse_options_t', { ocr: 'bool', clip: 'bool', rgba: 'bool' });
koffi.struct('aion_ocr_options_t', {
  lang: 'const char *',
  lang_length: 'size_t',
  page_mode: 'const char *',
  page_mode_length: 'size_t',
  orient: 'bool',
});
koffi.struct('aion_budget_status_t', {
  window: koffi.array('char', 16, 'String'),
  window_ends_ms: 'int64_t',
  daily_micro_usd: 'int64_t',
  spent_micro_usd: 'int64_t',
  held_micro_usd: 'int64_t',
  dispatched_micro_usd: 'int64_t',
  remaining_micro_usd: 'int64_t',
  overrun_micro_usd: 'int64_t',
  fallbacks_last_hour: 'uint64_t',
  max_fallbacks_per_hour: 'uint32_t',
  clock: koffi.array('char', 16, 'String'),
  ledger: koffi.array('char', 16, 'String'),
});

/** Every function of the header that is used here, by its name. */
export const c = bind(`
  uint32_t aion_abi_version(void)
  const char *aion_version(void)
  int32_t aion_error_status(const aion_error_t *error)
  const char *aion_error_kind(const aion_error_t *error, void *length)
  const char *aion_error_message(const aion_error_t *error, void *length)
  bool aion_error_is_retryable(const aion_error_t *error)
  void aion_error_free(aion_error_t *error)
  int32_t aion_config_from_env(_Out_ aion_config_t **out, _Out_ aion_error_t **error)
  int32_t aion_config_set_clip_model(aion_config_t *config, const char *path, size_t length, _Out_ aion_error_t **error)
  int32_t aion_config_set_onnxruntime(aion_config_t *config, const char *path, size_t length, _Out_ aion_error_t **error)
  int32_t aion_config_set_ocr_lang(aion_config_t *config, const char *lang, size_t length, _Out_ aion_error_t **error)
  int32_t aion_config_set_threads(aion_config_t *config, size_t threads, _Out_ aion_error_t **error)
  void aion_config_free(aion_config_t *config)
  aion_control_t *aion_control_new(void)
  void aion_control_cancel(const aion_control_t *control)
  void aion_control_set_timeout_ms(const aion_control_t *control, uint64_t milliseconds)
  void aion_control_free(aion_control_t *control)
  int32_t aion_engine_new(const aion_config_t *config, _Out_ aion_engine_t **out, _Out_ aion_error_t **error)
  void aion_engine_free(aion_engine_t *engine)
  int32_t aion_parse_image(const aion_engine_t *engine, aion_source_t source, const aion_parse_options_t *options, const aion_control_t *control, _Out_ aion_image_t **out, _Out_ aion_error_t **error)
  uint32_t aion_image_width(const aion_image_t *image)
  uint32_t aion_image_height(const aion_image_t *image)
  void *aion_image_rgba(const aion_image_t *image, _Out_ size_t *length)
  const char *aion_image_ocr_text(const aion_image_t *image, void *length)
  const aion_ocr_t *aion_image_ocr(const aion_image_t *image)
  size_t aion_image_clip_dimension(const aion_image_t *image)
  int32_t aion_image_clip_vector(const aion_image_t *image, float *out, size_t capacity, _Out_ aion_error_t **error)
  const char *aion_image_meta_json(const aion_image_t *image, void *length)
  void aion_image_free(aion_image_t *image)
  int32_t aion_ocr(const aion_engine_t *engine, aion_source_t source, const aion_ocr_options_t *options, const aion_control_t *control, _Out_ aion_ocr_t **out, _Out_ aion_error_t **error)
  int32_t aion_ocr_to_json(const aion_ocr_t *ocr, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_ocr_free(aion_ocr_t *ocr)
  const char *aion_text_data(const aion_text_t *text, void *length)
  void aion_text_free(aion_text_t *text)
  int32_t aion_embed_clip_image(const aion_engine_t *engine, aion_source_t source, const aion_control_t *control, float *out, size_t capacity, _Out_ size_t *dimension, _Out_ aion_error_t **error)
  int32_t aion_embed_clip_text(const aion_engine_t *engine, const char *text, size_t length, const aion_control_t *control, float *out, size_t capacity, _Out_ size_t *dimension, _Out_ aion_error_t **error)
  int32_t aion_usd_at_least(const char *text, size_t length, _Out_ int64_t *micro_usd, _Out_ aion_error_t **error)
  int32_t aion_usd_at_most(const char *text, size_t length, _Out_ int64_t *micro_usd, _Out_ aion_error_t **error)
  aion_budget_policy_t *aion_budget_policy_new(void)
  int32_t aion_budget_policy_from_env(_Out_ aion_budget_policy_t **out, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_enabled(aion_budget_policy_t *policy, bool enabled, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_daily_micro_usd(aion_budget_policy_t *policy, int64_t micro_usd, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_max_fallbacks_per_hour(aion_budget_policy_t *policy, uint32_t calls, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_confidence_threshold(aion_budget_policy_t *policy, double threshold, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_max_tokens_per_reply(aion_budget_policy_t *policy, uint32_t tokens, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_timezone(aion_budget_policy_t *policy, const char *zone, size_t length, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_after_reboot(aion_budget_policy_t *policy, const char *belief, size_t length, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_clock_tolerance_ms(aion_budget_policy_t *policy, uint64_t milliseconds, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_grace_ms(aion_budget_policy_t *policy, uint64_t milliseconds, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_patience_ms(aion_budget_policy_t *policy, uint64_t milliseconds, _Out_ aion_error_t **error)
  void aion_budget_policy_free(aion_budget_policy_t *policy)
  int32_t aion_budget_open(const char *path, size_t length, const aion_budget_policy_t *policy, _Out_ aion_budget_t **out, _Out_ aion_error_t **error)
  uint32_t aion_budget_max_tokens_per_reply(const aion_budget_t *budget)
  int32_t aion_budget_decide(const aion_budget_t *budget, double confidence, int64_t cost_micro_usd, const char *key, size_t key_length, _Out_ aion_decision_t **out, _Out_ aion_error_t **error)
  int32_t aion_budget_status(const aion_budget_t *budget, _Out_ aion_budget_status_t *out, _Out_ aion_error_t **error)
  int32_t aion_budget_sweep(const aion_budget_t *budget, _Out_ size_t *ended, _Out_ aion_error_t **error)
  int32_t aion_budget_confirm_clock(const aion_budget_t *budget, _Out_ aion_error_t **error)
  int32_t aion_budget_audit(const aion_budget_t *budget, _Out_ size_t *problems, _Out_ aion_text_t **report, _Out_ aion_error_t **error)
  int32_t aion_budget_journal_json(const aion_budget_t *budget, int64_t after, size_t limit, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  int32_t aion_budget_grant(const aion_budget_t *budget, const char *id, size_t length, _Out_ aion_grant_t **out, _Out_ aion_error_t **error)
  void aion_budget_free(aion_budget_t *budget)
  int32_t aion_replay_decision(const char *json, size_t length, _Out_ aion_decision_t **out, _Out_ aion_error_t **error)
  const char *aion_decision_explanation(const aion_decision_t *decision, void *length)
  bool aion_decision_is_fallback(const aion_decision_t *decision)
  const char *aion_decision_reason(const aion_decision_t *decision, void *length)
  const char *aion_decision_record_json(const aion_decision_t *decision, void *length)
  aion_grant_t *aion_decision_take_grant(aion_decision_t *decision)
  void aion_decision_free(aion_decision_t *decision)
  const char *aion_grant_id(const aion_grant_t *grant, void *length)
  int64_t aion_grant_held(const aion_grant_t *grant)
  int32_t aion_grant_state(const aion_grant_t *grant, _Out_ uint32_t *state, _Out_ aion_error_t **error)
  int32_t aion_grant_dispatched(const aion_grant_t *grant, _Out_ aion_error_t **error)
  int32_t aion_grant_settle(const aion_grant_t *grant, int64_t actual_micro_usd, _Out_ int64_t *captured, _Out_ int64_t *overrun, _Out_ aion_error_t **error)
  int32_t aion_grant_release(const aion_grant_t *grant, _Out_ aion_error_t **error)
  int32_t aion_grant_end(const aion_grant_t *grant, _Out_ aion_error_t **error)
  void aion_grant_free(aion_grant_t *grant)
`);

if (c.aion_abi_version() !== ABI_VERSION) {
  throw new Error(`libaion has ABI ${c.aion_abi_version()}, this file was written for ${ABI_VERSION}`);
}

/** The release of libaion. */
export const version = c.aion_version();

/** A call that failed: `kind` is what a program branches on, such as 'not_found'. */
export class AionError extends Error {
  name = 'AionError';

  constructor(message, { kind, code, retryable }) {
    super(message);
    Object.assign(this, { kind, code, retryable });
  }

  /** Copies the C error and frees it. */
  static from(error) {
    const details = {
      kind: c.aion_error_kind(error, null),
      code: c.aion_error_status(error),
      retryable: c.aion_error_is_retryable(error),
    };
    const message = c.aion_error_message(error, null);
    c.aion_error_free(error);
    return new AionError(message, details);
  }
}

/** A C handle, freed by `close()` once its calls have ended, or some time after nobody holds it. */
export class Handle {
  static #forgotten = new FinalizationRegistry(([free, pointer]) => free(pointer));

  #pointer;
  #free;
  #calls = new Set();

  constructor(pointer, free) {
    this.#pointer = pointer;
    this.#free = free;
    Handle.#forgotten.register(this, [free, pointer], this);
  }

  /** Calls `verb` with the handle as its first argument, on a thread of koffi's. */
  async use(verb, ...input) {
    if (this.#pointer === null) throw new Error(`this ${this.constructor.name} is closed`);
    const running = callAsync(verb, this.#pointer, ...input);
    this.#calls.add(running);
    try {
      await running;
    } finally {
      this.#calls.delete(running);
    }
  }

  async close() {
    const pointer = this.#pointer;
    this.#pointer = null;
    if (pointer === null) return;
    Handle.#forgotten.unregister(this);
    await Promise.allSettled(this.#calls);
    await new Promise((resolve) => this.#free.async(pointer, resolve));
  }

  async [Symbol.asyncDispose ?? Symbol.for('asyncDispose')]() {
    await this.close();
  }
}

/** Sets a text, if one is given. */
export function setText(setter, config, text) {
  if (text !== undefined) call(setter, config, text, Buffer.byteLength(text));
}

/** Calls a function whose last two arguments are a place for a handle and one for an error. */
export function make(constructor, ...input) {
  const out = [null];
  call(constructor, ...input, out);
  return out[0];
}

/** Calls a function whose last argument is a place for an error, and throws that. */
export function call(verb, ...input) {
  const error = [null];
  if (verb(...input, error) !== OK) throw AionError.from(error[0]);
}

/** As `call`, on a thread of koffi's. */
export function callAsync(verb, ...input) {
  const error = [null];
  return new Promise((resolve, reject) => {
    verb.async(...input, error, (failure, status) => {
      if (failure) reject(failure);
      else if (status !== OK) reject(AionError.from(error[0]));
      else resolve(input); // which keeps alive what the call borrowed
    });
  });
}

/** The text of a handle that C gave away, which is freed. */
export function takeText(text) {
  try {
    return c.aion_text_data(text, null);
  } finally {
    c.aion_text_free(text);
  }
}

function bind(prototypes) {
  const lines = prototypes.split('\n').map((line) => line.trim()).filter(Boolean);
  return Object.fromEntries(lines.map((line) => [/(aion_\w+)\(/.exec(line)[1], lib.func(line)]));
}

function findLibrary() {
  const target = new URL('../../target/', import.meta.url);
  const built = ['release/libaion.so', 'install/lib/libaion.so'].map((path) => fileURLToPath(new URL(path, target)));
  return process.env.AION_LIBRARY ?? built.find((path) => existsSync(path)) ?? 'libaion.so.0';
}
