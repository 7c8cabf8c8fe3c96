// The web: pages of a site as they come, previews of pages, and what may be read and used.

import koffi from 'koffi';

import { c, call, callAsync, camel, counted, Handle, list, make, setText, takeJson, takeText } from './libaion.mjs';

const ADAPTIVE_DELAY = 0xffff_ffff_ffff_ffffn;
const NO_CRAWL_DELAY = 0xffff_ffff_ffff_ffffn;
// A pull holds one of the few threads of libuv; between two pulls others have their turn.
const PULL_MS = 100;

/**
 * A crawl: `for await (const page of crawl)` gives its pages, and closes it however the loop ends. A page has `url`,
 * `finalUrl`, `status`, `title`, `text`, `links`, `images`, `published`, `language`, `detectedLanguage`, `meta`,
 * `contentType`, `depth`, `verdict`, `headers` and `html`, its bytes.
 */
export class Crawl extends Handle {
  #control;
  #lastStats;

  /** Begins a crawl, which the `control` belongs to from now on. `Aion.crawl` calls it. */
  static async start(engine, seed, settings, control) {
    return withOptions(engine, settings, async (options) => {
      const out = [null];
      await callAsync(c.aion_crawl_start, engine, seed, Buffer.byteLength(seed), options, control.pointer, out);
      return new Crawl(out[0], control);
    });
  }

  constructor(pointer, control) {
    super(pointer, c.aion_crawl_free);
    this.#control = control;
  }

  /** The next page, or null after the last. */
  async next() {
    for (;;) {
      const out = [null];
      await this.use(c.aion_crawl_next, PULL_MS, out);
      if (out[0] !== null) return takePage(out[0]);
      if (this.pointer !== null && c.aion_crawl_has_ended(this.pointer)) return null;
    }
  }

  /** What the crawl has done so far, also when it is closed: counters, `skipped` by reason, and `misses`. */
  async stats() {
    if (this.pointer === null) return this.#lastStats;
    const out = [null];
    await this.use(c.aion_crawl_stats_json, out);
    return camel(JSON.parse(takeText(out[0])));
  }

  async *[Symbol.asyncIterator]() {
    try {
      for (let page = await this.next(); page !== null; page = await this.next()) yield page;
    } finally {
      await this.close();
    }
  }

  /** Ends the crawl. A `next()` that waits is rejected. */
  async close() {
    if (this.pointer === null) return;
    this.#lastStats = await this.stats();
    this.#control.cancel();
    await super.close();
    this.#control.close();
  }
}

/** Previews of the first 200 of `urls`, in their order. `Aion.preview` calls it. */
export function preview(engine, urls, settings, control) {
  return withOptions(engine, settings, async (options) => {
    const previews = new Array(urls.length).fill(null);
    await callAsync(c.aion_preview, engine, list(urls), urls.length, options, control.pointer, previews);
    return previews.filter(Boolean).map(takePreview);
  });
}

/**
 * Whether a page that the host has may be ingested (`ok`) and trained on (`train`), and why not: each of its `reasons`
 * has a `code`, a `use`, and a sentence in English (`message`) and Portuguese (`messagePt`). `headers` are an object
 * or pairs, `html` and `tdmrep` bytes, `robots` a `Robots`. Signals whose codes are in `ignore` are not obeyed.
 */
export function checkPolicy(url, text, known = {}) {
  const { headers = {}, html, tdmrep, robots, robotsUnreachable = false, status = 0, ...options } = known;
  const pairs = (Array.isArray(headers) ? headers : Object.entries(headers)).map(([name, value]) => ({
    ...counted('name', name),
    ...counted('value', value),
  }));
  const page = {
    ...counted('url', url),
    ...counted('text', text),
    headers: pairs,
    header_count: pairs.length,
    ...counted('html', html),
    ...counted('tdmrep', tdmrep),
    robots: robots?.pointer ?? null,
    robots_unreachable: robotsUnreachable,
    status,
  };
  return takeVerdict(make(c.aion_check_policy, page, policyOptions(options)));
}

/** A robots.txt (RFC 9309), parsed once and asked often. */
export class Robots extends Handle {
  /** The sitemaps that it names, as it writes them. */
  sitemaps;

  /** `body`: bytes or a text. There is no wrong one. */
  constructor(body) {
    const bytes = Buffer.from(body);
    const pointer = make(c.aion_robots_parse, bytes, bytes.length);
    super(pointer, c.aion_robots_free);
    const count = Number(c.aion_robots_sitemap_count(pointer));
    this.sitemaps = Array.from({ length: count }, (_, i) => c.aion_robots_sitemap(pointer, i, null));
  }

  /** Whether `userAgent` may fetch `url`. */
  allowed(userAgent, url) {
    const allowed = [false];
    const agent = [userAgent, Buffer.byteLength(userAgent)];
    call(c.aion_robots_allowed, this.pointer, ...agent, url, Buffer.byteLength(url), allowed);
    return allowed[0];
  }

  /** The milliseconds that `userAgent` is asked to wait between two requests, or null. */
  crawlDelayMs(userAgent) {
    const delay = [0];
    call(c.aion_robots_crawl_delay, this.pointer, userAgent, Buffer.byteLength(userAgent), delay);
    return BigInt(delay[0]) === NO_CRAWL_DELAY ? null : Number(delay[0]);
  }
}

/** What a page says: `title`, `text`, `links`, `language`, `meta`, … `html`: bytes in any charset, or a text. */
export async function extractText(html, { url = '', contentType = '', maxBytes } = {}) {
  const isText = typeof html === 'string';
  const bytes = Buffer.from(html);
  const options = c.aion_extract_options_default();
  Object.assign(options, counted('url', url));
  // A text of JavaScript has become UTF-8 just now, whatever it says of itself.
  Object.assign(options, counted('content_type', isText ? 'text/html; charset=utf-8' : contentType));
  if (maxBytes !== undefined) options.max_bytes = maxBytes;
  const out = [null];
  await callAsync(c.aion_extract_text, bytes, bytes.length, options, out);
  return takeJson(out[0], c.aion_extracted_to_json, c.aion_extracted_free);
}

/** The one spelling of an address, which may be relative to `base`. */
export function canonicalUrl(url, base = '') {
  return takeText(make(c.aion_canonical_url, url, Buffer.byteLength(url), base, Buffer.byteLength(base)));
}

/** Runs `work` with the options of a crawl: those of the engine, changed by what is given. */
async function withOptions(engine, settings, work) {
  const options = c.aion_crawl_options_new(engine);
  try {
    setOptions(options, settings);
    return await work(options);
  } finally {
    c.aion_crawl_options_free(options);
  }
}

/** The settings of a crawl that are a number or a switch, and how C names them. */
const PLAIN_SETTINGS = {
  maxPages: 'max_pages',
  maxDepth: 'max_depth',
  sameHost: 'same_host',
  respectRobots: 'respect_robots',
  concurrency: 'concurrency',
  connectionsPerHost: 'connections_per_host',
  maxPageBytes: 'max_page_bytes',
  maxHeaderBytes: 'max_header_bytes',
  pageTimeoutMs: 'page_timeout_ms',
  connectTimeoutMs: 'connect_timeout_ms',
  maxRedirects: 'max_redirects',
  retries: 'retries',
  sitemaps: 'sitemaps',
  documents: 'documents',
  allowPrivateHosts: 'allow_private_hosts',
};

function setOptions(options, { hosts, blocklist, userAgent, state, delayMs, policy, ...plain }) {
  const setList = (setter, texts) => texts && call(setter, options, list(texts), texts.length);
  setList(c.aion_crawl_options_set_hosts, hosts);
  setList(c.aion_crawl_options_set_blocklist, blocklist);
  setText(c.aion_crawl_options_set_user_agent, options, userAgent);
  setText(c.aion_crawl_options_set_state, options, state);
  if (delayMs !== undefined) call(c.aion_crawl_options_set_delay_ms, options, delayMs ?? ADAPTIVE_DELAY);
  if (policy !== undefined) call(c.aion_crawl_options_set_policy, options, policyOptions(policy));
  for (const [name, value] of Object.entries(plain)) {
    if (!(name in PLAIN_SETTINGS)) throw new TypeError(`a crawl has no setting ${name}`);
    if (value !== undefined) call(c[`aion_crawl_options_set_${PLAIN_SETTINGS[name]}`], options, value);
  }
}

function policyOptions({ userAgent = '', minTextChars, ignore = [] }) {
  const options = c.aion_policy_options_default();
  if (minTextChars !== undefined) options.min_text_chars = minTextChars;
  return Object.assign(options, counted('user_agent', userAgent), { ignore: list(ignore), ignore_count: ignore.length });
}

function takePage(page) {
  const length = [0];
  const html = c.aion_page_html(page, length);
  const bytes = length[0] > 0 ? new Uint8Array(koffi.view(html, Number(length[0]))).slice() : new Uint8Array();
  const { verdict, ...rest } = takeJson(page, c.aion_page_to_json, c.aion_page_free);
  return { ...rest, html: bytes, verdict: copyVerdict(verdict) };
}

function takePreview(preview) {
  const { verdict, ...rest } = takeJson(preview, c.aion_preview_to_json, c.aion_preview_free);
  return { ...rest, verdict: copyVerdict(verdict) };
}

function takeVerdict(verdict) {
  return copyVerdict(takeJson(verdict, c.aion_verdict_to_json, c.aion_verdict_free));
}

function copyVerdict({ reasons, waived, ...verdict }) {
  return { ...camel(verdict), reasons: reasons.map(camel), waived: waived.map(camel) };
}
