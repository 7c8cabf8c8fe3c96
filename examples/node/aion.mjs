// AION from Node.js: a small wrapper over include/aion.h. The work runs on threads of its own, so every verb
// returns a promise; what C hands out is copied and freed before that settles.

import koffi from 'koffi';

import { documentOptions, takeDocument } from './documents.mjs';
import { Knowledge } from './knowledge.mjs';
import { c, call, callAsync, Control, counted, list, make, setText, takeText } from './libaion.mjs';
import { Crawl, preview } from './web.mjs';

export { Budget, replayDecision } from './budget.mjs';
export { Adapters, buildSft, HeldOut, LoraTrainer } from './learning.mjs';
export { AionError, version } from './libaion.mjs';
export { canonicalUrl, checkPolicy, extractText, Robots } from './web.mjs';

const SOURCE_BYTES = 1;
const SOURCE_PATH = 2;
// Only a guess: a longer vector is asked for again with the room it needs.
const USUAL_DIMENSION = 1024;

/** The engines. Calls may overlap. Freed by `close()`, or some time after nobody holds it. */
export class Aion {
  static #forgotten = new FinalizationRegistry((engine) => c.aion_engine_free(engine));

  #engine;
  #calls = new Set();
  #dimension = USUAL_DIMENSION;

  /** Settings are those of the environment (`AION_*`, `ORT_DYLIB_PATH`), changed by those that are given. */
  constructor({ clipModel, onnxruntime, ocrLang, threads, blocklist, userAgent } = {}) {
    const config = make(c.aion_config_from_env);
    try {
      setText(c.aion_config_set_clip_model, config, clipModel);
      setText(c.aion_config_set_onnxruntime, config, onnxruntime);
      setText(c.aion_config_set_ocr_lang, config, ocrLang);
      setText(c.aion_config_set_user_agent, config, userAgent);
      if (blocklist !== undefined) call(c.aion_config_set_blocklist, config, list(blocklist), blocklist.length);
      if (threads !== undefined) call(c.aion_config_set_threads, config, threads);
      this.#engine = make(c.aion_engine_new, config);
    } finally {
      c.aion_config_free(config);
    }
    Aion.#forgotten.register(this, this.#engine, this);
  }

  /** `image`: a path, or the bytes of an encoded picture. Gives its size, pixels, text, words and vector. */
  async parseImage(image, { ocr = true, clip = true, rgba = true, ...control } = {}) {
    const parsed = await this.#take(c.aion_parse_image, image, [{ ocr, clip, rgba }], control);
    try {
      return copyImage(parsed);
    } finally {
      c.aion_image_free(parsed);
    }
  }

  /** The text of a picture: `text`, `confidence` and `pages`, each with its `words`. */
  async ocr(image, { signal, timeoutMs, ...options } = {}) {
    const read = await this.#take(c.aion_ocr, image, [ocrOptions(options)], { signal, timeoutMs });
    try {
      return copyOcr(read);
    } finally {
      c.aion_ocr_free(read);
    }
  }

  /**
   * The text of a PDF, an office file, a table or a text, by its path or its bytes: `kind`, `pages`, `scanned`,
   * `recognized`, `warnings`, and in `extracted` what `extractText` gives of a page. `ocr: true`, or the options of
   * `ocr()`, reads scans and pictures too. `name`, `contentType` and `url` say what is known of bytes; limits, such as
   * `maxPages`, are in documents.mjs.
   */
  async extractDocument(source, { ocr = false, signal, timeoutMs, ...settings } = {}) {
    const options = [documentOptions(settings), ocr ? ocrOptions(ocr) : null];
    return takeDocument(await this.#take(c.aion_extract_document, source, options, { signal, timeoutMs }));
  }

  /** The CLIP vector of a picture: a unit vector. */
  embedClip(image, control) {
    return this.#vector(control, c.aion_embed_clip_image, sourceOf(image));
  }

  /** The CLIP vector of a text, in the space of the pictures. */
  embedClipText(text, control) {
    return this.#vector(control, c.aion_embed_clip_text, text, Buffer.byteLength(text));
  }

  /**
   * Begins to crawl from `seed`, on its host: `for await (const page of await aion.crawl(seed))`. Settings, such as
   * `maxPages`, are in web.mjs; `signal` and `timeoutMs` stop the whole crawl.
   */
  async crawl(seed, { signal, timeoutMs, ...settings } = {}) {
    const control = new Control({ signal, timeoutMs });
    try {
      return await this.#run((engine) => Crawl.start(engine, seed, settings, control));
    } catch (error) {
      control.close();
      throw error;
    }
  }

  /** Opens a store of knowledge with these engines, or makes one. Options are in knowledge.mjs. */
  openKnowledge(path, options) {
    return this.#run(async (engine) => new Knowledge(path, engine, options));
  }

  /** What the first 200 of `urls` say and whether they may be ingested, in their order. */
  preview(urls, { signal, timeoutMs, ...settings } = {}) {
    const work = (engine, control) => preview(engine, urls, settings, control);
    return this.#controlled({ signal, timeoutMs }, work);
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

  /** Calls a verb that reads a file and gives a handle away. */
  #take(verb, file, options, control) {
    const source = sourceOf(file);
    return this.#controlled(control, async (engine, { pointer }) => {
      const out = [null];
      await callAsync(verb, engine, source, ...options, pointer, out);
      return out[0];
    });
  }

  /** Calls a verb that fills a buffer, once more if that was too small. */
  #vector(control, verb, ...input) {
    return this.#controlled(control, async (engine, { pointer }) => {
      for (;;) {
        const out = new Float32Array(this.#dimension);
        const dimension = [0];
        try {
          await callAsync(verb, engine, ...input, pointer, out, out.length, dimension);
          return out.slice(0, dimension[0]);
        } catch (error) {
          if (dimension[0] <= out.length) throw error;
          this.#dimension = dimension[0];
        }
      }
    });
  }

  /** Runs `work` with the engine and with a control that follows `signal` and `timeoutMs`. */
  async #controlled(settings, work) {
    const control = new Control(settings);
    try {
      return await this.#run((engine) => work(engine, control));
    } finally {
      control.close();
    }
  }

  /** Runs `work`, which `close()` waits for, with the engine. */
  async #run(work) {
    if (this.#engine === null) throw new Error('this Aion is closed');
    const running = work(this.#engine);
    this.#calls.add(running);
    try {
      return await running;
    } finally {
      this.#calls.delete(running);
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
  return JSON.parse(takeText(make(c.aion_ocr_to_json, ocr)));
}

function ocrOptions({ lang = '', pageMode = '', orient = true, whitelist = '' }) {
  return {
    ...counted('lang', lang),
    ...counted('page_mode', pageMode),
    orient,
    ...counted('whitelist', whitelist),
  };
}

function sourceOf(file) {
  const isPath = typeof file === 'string';
  const data = isPath ? Buffer.from(file) : file;
  if (!(data instanceof Uint8Array)) throw new TypeError('a file is a path or bytes (Uint8Array)');
  const kind = isPath ? SOURCE_PATH : SOURCE_BYTES;
  return { data, length: data.length, kind, width: 0, height: 0, channels: 0 };
}
