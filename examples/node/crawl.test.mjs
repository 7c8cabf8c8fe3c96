// node --test, from this folder.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Aion, AionError, canonicalUrl, checkPolicy, extractText, Robots } from './aion.mjs';

const TEXT = 'The quick brown fox jumps over the lazy dog near the bank of a slow and quiet river, and nobody is '
  + 'there to see it but a heron that has been standing in the shallows all morning long.';
const ofKind = (kind) => (error) => error instanceof AionError && error.kind === kind && error.code > 0;
// Which of the two depends on where the pull is at that moment.
const isStopped = (error) => ofKind('cancelled')(error) || /closed/.test(error.message);
const page = (title, ...links) => `<html lang=en><title>${title}</title><meta name=author content=Quillmoor>`
  + `<p>${title}. ${TEXT}</p>${links.map((link) => `<a href="${link}">x</a>`).join(' ')}<img src=/i.png alt=heron>`;

const PAGES = {
  '/': page('Home', '/a', '/b', '/secret', '/login', 'http://other.example/'),
  '/a': page('A'),
  '/b': page('B'),
  '/secret': page('Secret'),
  '/thin': '<title>Thin</title><p>Hi.</p>',
};
const hits = [];
const server = createServer((request, response) => {
  hits.push(request.url);
  if (request.url === '/silent') return;
  if (request.url === '/robots.txt') return void response.end('User-agent: *\nDisallow: /secret');
  if (request.headers['if-none-match'] === '"1"') return void response.writeHead(304).end();
  response.setHeader('ETag', '"1"');
  const tree = /^\/tree\/(\d+)$/.exec(request.url);
  const body = tree ? page(tree[1], `/tree/${tree[1] * 2}`, `/tree/${tree[1] * 2 + 1}`) : PAGES[request.url];
  if (request.url === '/b') response.setHeader('X-Robots-Tag', 'noai');
  response.writeHead(body ? 200 : 404, { 'content-type': 'text/html' }).end(body ?? 'none');
});
const local = { allowPrivateHosts: true, delayMs: 0, retries: 0 };
const aion = new Aion();
let site;

before(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  site = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  await aion.close();
  server.closeAllConnections();
  server.close();
});

test('a crawl is an async iterator of pages', async () => {
  const pages = [];
  const crawl = await aion.crawl(`${site}/`, local);
  for await (const page of crawl) pages.push(page);
  assert.deepEqual(pages.map(({ url }) => url).sort(), ['/', '/a', '/b'].map((path) => site + path));
  assert.ok(!hits.includes('/secret') && !hits.includes('/login'));
  const home = pages.find(({ depth }) => depth === 0);
  assert.deepEqual([home.title, home.finalUrl, home.status, home.contentType], ['Home', `${site}/`, 200, 'text/html']);
  assert.deepEqual([home.language, home.published, home.meta], ['en', null, { author: 'Quillmoor' }]);
  assert.ok(home.text.includes('heron') && home.links.includes('http://other.example/'));
  assert.deepEqual(home.images, [{ url: `${site}/i.png`, alt: 'heron' }]);
  assert.equal(new TextDecoder().decode(home.html), PAGES['/']);
  assert.ok(home.headers.some(([name, value]) => name === 'content-type' && value === 'text/html'));
  assert.deepEqual([home.verdict.ok, home.verdict.train, home.verdict.followLinks], [true, true, true]);
  const { verdict } = pages.find(({ title }) => title === 'B');
  assert.deepEqual([verdict.ok, verdict.train, verdict.reasons[0].code], [true, false, 'noai']);
  assert.match(verdict.reasons[0].messagePt, /a página diz noai/);
  const stats = await crawl.stats();
  assert.deepEqual([stats.pages, stats.skipped.robots, stats.skipped.off_host], [3, 1, 1]);
  assert.ok(stats.elapsedMs >= 0 && stats.misses.every(({ url, reason }) => url && reason));
});

test('the event loop goes on while a crawl waits, and a signal cancels it', async () => {
  const stop = new AbortController();
  const crawl = await aion.crawl(`${site}/silent`, { ...local, signal: stop.signal });
  let turns = 0;
  let stopped = 0;
  const timer = setInterval(() => turns++, 5);
  setTimeout(() => {
    stopped = performance.now();
    stop.abort();
  }, 400);
  await assert.rejects(crawl.next(), ofKind('cancelled'));
  clearInterval(timer);
  assert.ok(performance.now() - stopped < 200 && turns > 20, `${turns} turns`);
  await crawl.close();
  const late = aion.crawl(`${site}/`, { ...local, timeoutMs: 0 });
  await assert.rejects(late, ofKind('deadline_exceeded'));
});

test('leaving the loop ends the crawl', async () => {
  const crawl = await aion.crawl(`${site}/tree/1`, { ...local, maxPages: 1000, concurrency: 4 });
  for await (const { title } of crawl) if (title === '1') break;
  const { length } = hits;
  assert.ok((await crawl.stats()).pages < 1000);
  await assert.rejects(crawl.next(), /closed/);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(hits.length - length <= 4, 'only requests that were under way may still arrive');
  await crawl.close();
});

test('closing a crawl rejects the pull that waits', async () => {
  const crawl = await aion.crawl(`${site}/silent`, local);
  const waiting = assert.rejects(crawl.next(), isStopped);
  await crawl.close();
  await waiting;
});

test('crawls side by side leave threads for others', async () => {
  const crawls = await Promise.all([1, 2, 3, 4, 5, 6].map(() => aion.crawl(`${site}/silent`, local)));
  const waiting = crawls.map((crawl) => assert.rejects(crawl.next(), isStopped));
  const pages = [];
  for await (const { title } of await aion.crawl(`${site}/`, local)) pages.push(title);
  assert.equal(pages.length, 3);
  await Promise.all(crawls.map((crawl) => crawl.close()));
  await Promise.all(waiting);
});

test('what may not be crawled is refused', async () => {
  await assert.rejects(aion.crawl(`${site}/`), ofKind('invalid_argument'));
  await assert.rejects(aion.crawl('nonsense', local), ofKind('invalid_argument'));
  await assert.rejects(aion.crawl(`${site}/`, { ...local, maxPages: 0 }), ofKind('invalid_argument'));
  await assert.rejects(aion.crawl(`${site}/`, { ...local, blocklist: ['a b'] }), ofKind('invalid_argument'));
  await assert.rejects(aion.crawl(`${site}/`, { ...local, maxpages: 3 }), TypeError);
  const blocked = await aion.crawl(`${site}/`, { ...local, blocklist: ['example.com', '127.0.0.1'] });
  assert.equal(await blocked.next(), null);
  await blocked.close();
});

test('a state file hands out only what changed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'aion-'));
  t.after(() => rm(folder, { recursive: true }));
  const counts = [];
  for (const state of [join(folder, 'state'), join(folder, 'state')]) {
    let count = 0;
    for await (const page of await aion.crawl(`${site}/`, { ...local, state })) count += page.status === 200;
    counts.push(count);
  }
  assert.deepEqual(counts, [3, 0]);
});

test('every address has its own preview', async () => {
  const urls = [`${site}/b`, `${site}/missing`, `${site}/secret`, `${site}/thin`, 'http://169.254.169.254/', 'nonsense'];
  const previews = await aion.preview(urls, local);
  assert.deepEqual(previews.map(({ url }) => url), urls);
  const reasons = previews.map(({ reason }) => reason);
  assert.deepEqual(reasons, [null, 'http_status', 'robots', 'too_short', 'forbidden_address', 'forbidden_address']);
  const [{ ok, title, excerpt, meta, verdict }, missing] = previews;
  assert.deepEqual([ok, title, meta.final_url, verdict.train], [true, 'B', `${site}/b`, false]);
  assert.ok(excerpt.startsWith('B. The quick') && missing.error.includes('404'));
});

test('policy, robots, text and addresses need no network', async () => {
  const robots = new Robots('User-agent: *\nDisallow: /no\nCrawl-delay: 2\nSitemap: https://example.com/map.xml');
  assert.deepEqual([robots.allowed('AION', '/no/x'), robots.allowed('AION', '/yes')], [false, true]);
  assert.deepEqual([robots.crawlDelayMs('AION'), new Robots('').crawlDelayMs('AION')], [2000, null]);
  assert.deepEqual(robots.sitemaps, ['https://example.com/map.xml']);
  const headers = { 'X-Robots-Tag': 'noai' };
  const verdict = checkPolicy('https://example.com/no', TEXT, { headers, robots, html: Buffer.from('<p>') });
  assert.deepEqual(new Set(verdict.reasons.map(({ code }) => code)), new Set(['robots', 'noai']));
  const waived = checkPolicy('https://example.com/', TEXT, { headers: [['x-robots-tag', 'noai']], ignore: ['noai'] });
  assert.deepEqual([waived.train, waived.waived[0].code, waived.ignored], [true, 'noai', ['noai']]);
  assert.throws(() => checkPolicy('', '', { ignore: ['nothing'] }), ofKind('invalid_argument'));
  await robots.close();
  const html = Buffer.from(`<meta charset=latin1><title>Caf\xe9</title><p>${TEXT}</p><a href=b>b</a>`, 'latin1');
  const { title, charset, links, source } = await extractText(html, { url: 'https://example.com/a/' });
  assert.deepEqual([title, charset, source], ['Café', 'windows-1252', 'article']);
  assert.deepEqual(links, [{ url: 'https://example.com/a/b', text: 'b', nofollow: false }]);
  assert.equal((await extractText(`<meta charset=latin1><title>Café</title>${TEXT}`)).title, 'Café');
  await assert.rejects(extractText(html, { maxBytes: 3 }), ofKind('limit_exceeded'));
  assert.equal(canonicalUrl('../b?utm_source=x#y', 'https://EXAMPLE.com:443/a/'), 'https://example.com/b');
  assert.throws(() => canonicalUrl('b'), ofKind('invalid_input'));
});

test('the program reads a site', async () => {
  const options = { cwd: fileURLToPath(new URL('.', import.meta.url)) };
  const run = promisify(execFile)(process.execPath, ['crawl.mjs', `${site}/`], options);
  const { stdout } = await run;
  assert.match(stdout, /not to train: the page says noai/);
  assert.match(stdout, /3 pages, \d+ requests, \d+ addresses left out/);
});
