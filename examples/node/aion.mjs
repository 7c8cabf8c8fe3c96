// AION from Node.js: a small wrapper over include/aion.h. The work runs on threads of its own, so every verb
// returns a promise; what C hands out is copied and freed before that settles.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import koffi from 'koffi';

const ABI_VERSION = 1;
const OK = 0;
const SOURCE_BYTES = 1;
const SOURCE_PATH = 2;
// Only a guess: a longer vector is asked for again with the room it needs.
const USUAL_DIMENSION = 1024;

// By default koffi gives a call 128 KiB of stack, which decoders and models do not fit into.
koffi.config({ async_stack_size: 4 << 20 });

const lib = koffi.load(findLibrary());

for (const name of ['config', 'control', 'engine', 'error', 'image', 'ocr', 'text']) {
  koffi.opaque(`aion_${name}_t`);
}
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

const c = bind(`
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

/** The engines. Calls may overlap. Freed by `close()`, or some time after nobody holds it. */
export class Aion {
  static #forgotten = new FinalizationRegistry((engine) => c.aion_engine_free(engine));

  #engine;
  #calls = new Set();
  #dimension = USUAL_DIMENSION;

  /** Settings are those of the environment (`AION_*`, `ORT_DYLIB_PATH`), changed by those that are given. */
  constructor({ clipModel, onnxruntime, ocrLang, threads } = {}) {
    const config = make(c.aion_config_from_env);
    try {
      setText(c.aion_config_set_clip_model, config, clipModel);
      setText(c.aion_config_set_onnxruntime, config, onnxruntime);
      setText(c.aion_config_set_ocr_lang, config, ocrLang);
      if (threads !== undefined) call(c.aion_config_set_threads, config, threads);
      this.#engine = make(c.aion_engine_new, config);
    } finally {
      c.aion_config_free(config);
    }
    Aion.#forgotten.register(this, this.#engine, this);
  }

  /** `image`: a path, or the bytes of an encoded picture. Gives its size, pixels, text, words and vector. */
  async parseImage(image, { ocr = true, clip = true, rgba = true, ...control } = {}) {
    const parsed = await this.#take(c.aion_parse_image, image, { ocr, clip, rgba }, control);
    try {
      return copyImage(parsed);
    } finally {
      c.aion_image_free(parsed);
    }
  }

  /** The text of a picture: `text`, `confidence` and `pages`, each with its `words`. */
  async ocr(image, { lang = '', pageMode = '', orient = true, ...control } = {}) {
    const options = {
      lang,
      lang_length: Buffer.byteLength(lang),
      page_mode: pageMode,
      page_mode_length: Buffer.byteLength(pageMode),
      orient,
    };
    const read = await this.#take(c.aion_ocr, image, options, control);
    try {
      return copyOcr(read);
    } finally {
      c.aion_ocr_free(read);
    }
  }

  /** The CLIP vector of a picture: a unit vector. */
  embedClip(image, control) {
    return this.#vector(control, c.aion_embed_clip_image, sourceOf(image));
  }

  /** The CLIP vector of a text, in the space of the pictures. */
  embedClipText(text, control) {
    return this.#vector(control, c.aion_embed_clip_text, text, Buffer.byteLength(text));
  }

  /** Frees the engines once the calls that run have ended. */
  async close() {
    const engine = this.#engine;
    this.#engine = null;
    if (engine === null) return;
    Aion.#forgotten.unregister(this);
    await Promise.allSettled(this.#calls);
    c.aion_engine_free(engine);
  }

  async [Symbol.asyncDispose ?? Symbol.for('asyncDispose')]() {
    await this.close();
  }

  /** Calls a verb that gives a handle away. */
  #take(verb, image, options, control) {
    const source = sourceOf(image);
    return this.#controlled(control, async (engine, handle) => {
      const out = [null];
      await callAsync(verb, engine, source, options, handle, out);
      return out[0];
    });
  }

  /** Calls a verb that fills a buffer, once more if that was too small. */
  #vector(control, verb, ...input) {
    return this.#controlled(control, async (engine, handle) => {
      for (;;) {
        const out = new Float32Array(this.#dimension);
        const dimension = [0];
        try {
          await callAsync(verb, engine, ...input, handle, out, out.length, dimension);
          return out.slice(0, dimension[0]);
        } catch (error) {
          if (dimension[0] <= out.length) throw error;
          this.#dimension = dimension[0];
        }
      }
    });
  }

  /** Runs `work` with the engine and with a control that follows `signal` and `timeoutMs`. */
  async #controlled({ signal, timeoutMs } = {}, work) {
    if (this.#engine === null) throw new Error('this Aion is closed');
    const control = c.aion_control_new();
    const cancel = () => c.aion_control_cancel(control);
    if (timeoutMs !== undefined) c.aion_control_set_timeout_ms(control, timeoutMs);
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const running = work(this.#engine, control);
    this.#calls.add(running);
    try {
      return await running;
    } finally {
      this.#calls.delete(running);
      signal?.removeEventListener('abort', cancel);
      c.aion_control_free(control);
    }
  }
}

function copyImage(image) {
  const ocr = c.aion_image_ocr(image);
  const length = [0];
  const pixels = c.aion_image_rgba(image, length);
  const vector = new Float32Array(c.aion_image_clip_dimension(image));
  if (vector.length > 0) call(c.aion_image_clip_vector, image, vector, vector.length);
  return {
    width: c.aion_image_width(image),
    height: c.aion_image_height(image),
    rgba: pixels && new Uint8Array(koffi.view(pixels, Number(length[0]))).slice(),
    ocrText: c.aion_image_ocr_text(image, null),
    ocr: ocr && copyOcr(ocr),
    clipVector: vector.length > 0 ? vector : null,
    meta: JSON.parse(c.aion_image_meta_json(image, null)),
  };
}

function copyOcr(ocr) {
  const text = make(c.aion_ocr_to_json, ocr);
  try {
    return JSON.parse(c.aion_text_data(text, null));
  } finally {
    c.aion_text_free(text);
  }
}

function sourceOf(image) {
  const isPath = typeof image === 'string';
  const data = isPath ? Buffer.from(image) : image;
  if (!(data instanceof Uint8Array)) throw new TypeError('an image is a path or bytes (Uint8Array)');
  const kind = isPath ? SOURCE_PATH : SOURCE_BYTES;
  return { data, length: data.length, kind, width: 0, height: 0, channels: 0 };
}

function setText(setter, config, text) {
  if (text !== undefined) call(setter, config, text, Buffer.byteLength(text));
}

/** Calls a function whose last two arguments are a place for a handle and one for an error. */
function make(constructor, ...input) {
  const out = [null];
  call(constructor, ...input, out);
  return out[0];
}

/** Calls a function whose last argument is a place for an error, and throws that. */
function call(verb, ...input) {
  const error = [null];
  if (verb(...input, error) !== OK) throw AionError.from(error[0]);
}

/** As `call`, on a thread of koffi's. */
function callAsync(verb, ...input) {
  const error = [null];
  return new Promise((resolve, reject) => {
    verb.async(...input, error, (failure, status) => {
      if (failure) reject(failure);
      else if (status !== OK) reject(AionError.from(error[0]));
      else resolve(input); // which keeps alive what the call borrowed
    });
  });
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
