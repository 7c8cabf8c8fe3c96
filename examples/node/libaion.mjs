// The border: calls into libaion, their errors, and their handles.

import { c } from './header.mjs';

export { c } from './header.mjs';

const ABI_VERSION = 1;
const OK = 0;

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

  /** What C knows it by; null once it is closed. */
  get pointer() {
    return this.#pointer;
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

  /** Gives the pointer to whoever will free it; null once it is closed. */
  takePointer() {
    const pointer = this.#pointer;
    this.#pointer = null;
    Handle.#forgotten.unregister(this);
    return pointer;
  }

  async close() {
    const pointer = this.takePointer();
    if (pointer === null) return;
    await Promise.allSettled(this.#calls);
    await new Promise((resolve) => this.#free.async(pointer, resolve));
  }

  async [Symbol.asyncDispose ?? Symbol.for('asyncDispose')]() {
    await this.close();
  }
}

/** Stops a call, or a crawl, when `signal` is aborted or `timeoutMs` have passed. */
export class Control extends Handle {
  #signal;
  #cancel = () => this.cancel();

  constructor({ signal, timeoutMs } = {}) {
    super(c.aion_control_new(), c.aion_control_free);
    if (timeoutMs !== undefined) c.aion_control_set_timeout_ms(this.pointer, timeoutMs);
    if (signal?.aborted) this.cancel();
    signal?.addEventListener('abort', this.#cancel, { once: true });
    this.#signal = signal;
  }

  cancel() {
    c.aion_control_cancel(this.pointer); // which does nothing for null
  }

  /** Frees it at once, unlike other handles: a free thread to do it on may be long in coming. */
  close() {
    this.#signal?.removeEventListener('abort', this.#cancel);
    c.aion_control_free(this.takePointer());
  }
}

/** Texts as an array of aion_str_t. */
export function list(texts) {
  return texts.map((text) => ({ data: text, length: Buffer.byteLength(text) }));
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

/** The two members of a struct that hold a text or bytes. */
export function counted(name, data = null) {
  const length = typeof data === 'string' ? Buffer.byteLength(data) : (data?.length ?? 0);
  return { [name]: data, [`${name}_length`]: length };
}

/** A result of C as an object, its names as JavaScript writes them, and freed. */
export function takeJson(result, toJson, free) {
  try {
    return camel(JSON.parse(takeText(make(toJson, result))));
  } finally {
    free(result);
  }
}

/** An object with its names as JavaScript writes them; those inside its values stay. */
export function camel(object) {
  const name = (key) => key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [name(key), value]));
}
