// What the assistant knows, in one file: items in, hits out.

import { c, Control, Handle, make, takeText } from './libaion.mjs';

const CHANGES = ['failed', 'added', 'replaced', 'unchanged'];
const MODES = ['hybrid', 'words', 'vectors'];

/** A store of documents and pictures. Threads and processes may share its file. Freed by `close()`. */
export class Knowledge extends Handle {
  /**
   * `engine` is the pointer of an engine, which reads words in pictures and makes vectors; without one there are words
   * only. See `Aion.openKnowledge`.
   */
  constructor(path, engine = null, { readOnly = false, chunkBytes = 0, threads = 0, patienceMs = 0 } = {}) {
    const options = {
      read_only: readOnly,
      chunk_bytes: chunkBytes,
      max_text_bytes: 0,
      max_file_bytes: 0,
      threads,
      patience_ms: patienceMs,
    };
    super(make(c.aion_knowledge_open, path, Buffer.byteLength(path), options, engine), c.aion_knowledge_free);
  }

  /**
   * Items with a `source` and a `text` or `data` (bytes of a file), or a `path`; and with `title`, `language`, `parent`,
   * `etag`, `lastModified` and `fetchedAt` (a Date), if they are known. Gives `document` and `change` of each.
   */
  async ingest(items, settings) {
    const results = items.map(() => ({ document: 0, change: 0 }));
    const given = items.map(itemOf);
    await this.#controlled(settings, (control) =>
      this.use(c.aion_knowledge_ingest, given, given.length, control, results, null),
    );
    return results.map(({ document, change }) => ({ document: Number(document), change: CHANGES[change] }));
  }

  /** The `k` documents that fit `query` best: by words and, with a model, by meaning. */
  search(query, { k = 10, signal, timeoutMs, ...settings } = {}) {
    const text = [query, Buffer.byteLength(query)];
    return this.#hits({ signal, timeoutMs }, c.aion_knowledge_search_text, ...text, k, searchOptions(settings));
  }

  /** Moves the average of a document; gives how many new vectors that used. */
  async updateEma(document) {
    const used = [0];
    await this.use(c.aion_knowledge_update_ema, document, used);
    return Number(used[0]);
  }

  async #hits(settings, verb, ...input) {
    const out = [null];
    await this.#controlled(settings, (control) => this.use(verb, ...input, control, out));
    try {
      return JSON.parse(takeText(make(c.aion_hits_to_json, out[0])));
    } finally {
      c.aion_hits_free(out[0]);
    }
  }

  async #controlled(settings, work) {
    const control = new Control(settings);
    try {
      return await work(control.pointer);
    } finally {
      control.close();
    }
  }
}

const str = (text = null) => ({ data: text, length: text === null ? 0 : Buffer.byteLength(text) });

function itemOf({ source, text, data = null, path, title, language, parent, etag, lastModified, fetchedAt }) {
  return {
    source: str(source),
    text: str(text),
    data,
    data_length: data?.length ?? 0,
    path: str(path),
    title: str(title),
    language: str(language),
    parent: str(parent),
    etag: str(etag),
    last_modified: str(lastModified),
    fetched_at_ms: fetchedAt?.getTime() ?? 0,
  };
}

function searchOptions({ kind, host, sourcePrefix, since, until, mode = 'hybrid', passages = false, prefix = false }) {
  if (!MODES.includes(mode)) throw new TypeError(`a search goes by ${MODES.join(', ')}, not by ${mode}`);
  return {
    kind: str(kind),
    host: str(host),
    source_prefix: str(sourcePrefix),
    since_ms: since?.getTime() ?? 0,
    until_ms: until?.getTime() ?? 0,
    mode: MODES.indexOf(mode),
    passages,
    prefix,
  };
}
