// Reads a web site, politely: what each page is about, whether it may be used, and why not.
//
//     node crawl.mjs SEED [PAGES]
//
// PAGES is the most pages, 10 if absent. Ctrl-C ends it. A site of this machine is read when SEED says so itself, as
// http://localhost:8000/ does.

import { Aion, AionError } from './aion.mjs';

const [seed, pages = '10'] = process.argv.slice(2);
if (!seed) {
  console.error('usage: node crawl.mjs SEED [PAGES]');
  process.exit(1);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const allowPrivateHosts = /^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(seed);
const aion = new Aion();
try {
  const crawl = await aion.crawl(seed, { maxPages: Number(pages), allowPrivateHosts, signal: stop.signal });
  for await (const { url, title, verdict } of crawl) {
    console.log(`${url}\n  ${title.slice(0, 60)}`);
    console.log(`  may be ingested: ${yes(verdict.ok)}, trained on: ${yes(verdict.train)}`);
    for (const { use, message } of verdict.reasons) console.log(`  not to ${use}: ${message}`);
  }
  const { pages: read, requests, skipped } = await crawl.stats();
  const left = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  console.log(`${read} pages, ${requests} requests, ${left} addresses left out`);
} catch (error) {
  if (!(error instanceof AionError)) throw error;
  console.error(`${error.kind}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await aion.close();
}

function yes(allowed) {
  return allowed ? 'yes' : 'no';
}
