// node --test, from this folder.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Aion, AionError } from './aion.mjs';

const sample = (name) => fileURLToPath(new URL(`../../aion-core/tests/data/documents/${name}`, import.meta.url));
const ofKind = (kind) => (error) => error instanceof AionError && error.kind === kind && error.code > 0;
const aion = new Aion();

after(() => aion.close());

/** A PDF whose only page shows a picture of gray pixels and nothing else. */
async function scanOf(jpeg, width, height) {
  const picture = await readFile(new URL(`../images/${jpeg}`, import.meta.url));
  const head = `%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Count 1 /Kids [3 0 R]>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R
 /Resources <</XObject <</I 5 0 R>> >> >> endobj
4 0 obj <</Length 28>>
stream
q 595 0 0 842 0 0 cm /I Do Q
endstream endobj
5 0 obj <</Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray
 /BitsPerComponent 8 /Filter /DCTDecode /Length ${picture.length}>>
stream
`;
  const tail = '\nendstream endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n';
  return Buffer.concat([Buffer.from(head), picture, Buffer.from(tail)]);
}

for (const [name, kind, pages, title] of [
  ['paper.pdf', 'pdf', 3, 'The bay'],
  ['letter.docx', 'docx', 1, 'Tides of the bay'],
  ['slides.pptx', 'pptx', 2, 'Harbours'],
  ['book.xlsx', 'xlsx', 1, 'Tides of the bay'],
  ['log.odt', 'odt', 1, 'Log of the Ana'],
]) {
  test(`${name} is read, by its path and by its bytes`, async () => {
    const document = await aion.extractDocument(sample(name));
    assert.deepEqual([document.kind, document.pages, document.extracted.title], [kind, pages, title]);
    assert.deepEqual([document.scanned, document.recognized, document.warnings], [0, 0, []]);
    assert.ok(document.extracted.text.length > 10);
    assert.deepEqual(await aion.extractDocument(await readFile(sample(name))), document);
  });
}

test('a document says what a page says', async () => {
  const { extracted } = await aion.extractDocument(sample('letter.docx'));
  assert.deepEqual([extracted.language, extracted.published], ['pt-BR', '2024-03-09T08:00:00Z']);
  assert.deepEqual([extracted.source, extracted.meta.author], ['document', 'Ana Lima']);
  assert.deepEqual(extracted.links, [{ url: 'https://port.example/tides', text: 'the table', nofollow: false }]);
  assert.deepEqual(extracted.images, [{ url: 'word/media/image1.png', alt: 'A lighthouse' }]);
  assert.equal((await aion.extractDocument(sample('paper.pdf'))).extracted.detectedLanguage, 'en');
});

test('what is known of bytes tells texts apart', async () => {
  const table = Buffer.from('Port;Height\nBelém;3.6\n');
  assert.equal((await aion.extractDocument(table)).kind, 'text');
  const { kind, extracted } = await aion.extractDocument(table, { name: 'níveis.csv' });
  assert.deepEqual([kind, extracted.text], ['csv', 'Port\tHeight\nBelém\t3.6']);
  const known = { contentType: 'text/markdown', url: 'https://bay.example/docs/' };
  const page = await aion.extractDocument(Buffer.from('# Tides\n\n[more](more.html)'), known);
  assert.deepEqual([page.kind, page.extracted.links[0].url], ['markdown', 'https://bay.example/docs/more.html']);
});

test('a limit is an error that names it', async () => {
  const limited = (name, limit) => aion.extractDocument(sample(name), limit);
  for (const [name, limit] of [
    ['letter.docx', { maxBytes: 100 }],
    ['letter.docx', { maxUnpackedBytes: 100 }],
    ['paper.pdf', { maxTextBytes: 10 }],
    ['paper.pdf', { maxPages: 2 }],
    ['book.xlsx', { maxCells: 4 }],
  ]) {
    await assert.rejects(limited(name, limit), ofKind('limit_exceeded'), name);
  }
  await assert.rejects(limited('paper.pdf', { maxpages: 3 }), TypeError);
});

test('a scan is read by OCR if it is wanted', async () => {
  const scan = await scanOf('letter.jpg', 1240, 1754);
  const silent = await aion.extractDocument(scan);
  assert.deepEqual([silent.scanned, silent.recognized, silent.extracted.text], [1, 0, '']);
  for (const ocr of [true, { lang: 'eng' }]) {
    const { scanned, recognized, extracted } = await aion.extractDocument(scan, { ocr });
    assert.deepEqual([scanned, recognized], [1, 1]);
    assert.ok(extracted.text.includes('Quillmoor Paper Works'), extracted.text);
  }
  await assert.rejects(aion.extractDocument(scan, { ocr: { lang: 'xx' } }), ofKind('not_found'));
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  await assert.rejects(aion.extractDocument(scan, { ocr: true, signal: stop.signal }), ofKind('cancelled'));
  await assert.rejects(aion.extractDocument(scan, { ocr: true, timeoutMs: 20 }), ofKind('deadline_exceeded'));
});

test('what is no document is refused', async () => {
  await assert.rejects(aion.extractDocument(sample('locked.pdf')), ofKind('unsupported'));
  await assert.rejects(aion.extractDocument(sample('none.pdf')), ofKind('not_found'));
  await assert.rejects(aion.extractDocument(sample('')), ofKind('invalid_argument'));
  await assert.rejects(aion.extractDocument(Buffer.from('\x7fELF\0\0')), ofKind('unsupported'));
  await assert.rejects(aion.extractDocument(Buffer.from('PK\x03\x04 and no more')), AionError);
  await assert.rejects(aion.extractDocument(42), TypeError);
});

test('a crawl reads documents if they are wanted', async (t) => {
  const text = 'The boats of the bay go out with the ebb and come back with the flood, and nobody leaves in between. ' +
    'On the other side the water is deep at all hours, so that ships of any size can lie there and wait.';
  const paper = await readFile(sample('paper.pdf'));
  const server = createServer(({ url }, response) => {
    if (url === '/paper.pdf') return void response.setHeader('content-type', 'application/pdf').end(paper);
    response.statusCode = url === '/' ? 200 : 404;
    response.setHeader('content-type', 'text/html').end(`<title>Papers</title><p>${text}</p><a href=/paper.pdf>x</a>`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const titles = async (documents) => {
    const options = { documents, allowPrivateHosts: true, delayMs: 0, retries: 0 };
    const pages = [];
    for await (const page of await aion.crawl(`http://127.0.0.1:${server.address().port}/`, options)) pages.push(page);
    return pages.map(({ title, detectedLanguage }) => [title, detectedLanguage]);
  };
  assert.deepEqual(await titles(false), [['Papers', 'en']]);
  assert.deepEqual(await titles(true), [['Papers', 'en'], ['The bay', 'en']]);
});
