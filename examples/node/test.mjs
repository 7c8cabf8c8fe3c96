// node --test, from this folder. The CLIP test needs ORT_DYLIB_PATH; its model is models/clip-tiny, or
// AION_CLIP_MODEL_PATH.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Aion, AionError, version } from './aion.mjs';

const picture = (name) => fileURLToPath(new URL(`../images/${name}`, import.meta.url));
const clipModel = process.env.AION_CLIP_MODEL_PATH ?? fileURLToPath(new URL('../../models/clip-tiny', import.meta.url));
const noClip = existsSync(clipModel) && process.env.ORT_DYLIB_PATH ? false : 'no model, or no ORT_DYLIB_PATH';
const textOnly = { clip: false, rgba: false };
const aion = new Aion({ clipModel });

after(() => aion.close());

const ofKind = (kind) => (error) => error instanceof AionError && error.kind === kind && error.code > 0;

test('the version is a release', () => assert.match(version, /^\d+\.\d+\.\d+/));

for (const [name, word] of [
  ['letter.jpg', 'Quillmoor'],
  ['captura.png', 'Caderno'],
  ['poster.png', 'Saturday'],
  ['recibo.jpg', 'Fatura'],
]) {
  test(`${name} is read`, async () => {
    const image = await aion.parseImage(picture(name), textOnly);
    assert.ok(image.ocrText.includes(word), image.ocrText);
    assert.ok(image.ocr.confidence > 0.5);
    assert.equal(image.meta.w, image.width);
    assert.equal(image.rgba, null);
  });
}

test('bytes and path give the same pixels', async () => {
  const options = { ocr: false, clip: false };
  const one = await aion.parseImage(picture('poster.png'), options);
  const other = await aion.parseImage(await readFile(picture('poster.png')), options);
  assert.equal(one.rgba.length, one.width * one.height * 4);
  assert.deepEqual(one.rgba, other.rgba);
});

test('words have their places, and options reach the recognizer', async () => {
  const { pages, text } = await aion.ocr(picture('poster.png'), { lang: 'eng', pageMode: 'sparse_text' });
  assert.ok(text.includes('SUMMER'));
  assert.ok(pages[0].words.every(({ bounds }) => bounds.width > 0 && bounds.x + bounds.width <= pages[0].width));
  await assert.rejects(aion.ocr(picture('poster.png'), { pageMode: 'none' }), ofKind('invalid_argument'));
});

test('calls overlap and the event loop goes on', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const images = await Promise.all([1, 2, 3].map(() => aion.parseImage(picture('poster.png'), textOnly)));
  clearInterval(timer);
  assert.ok(images.every(({ ocrText }) => ocrText.includes('SUMMER')));
  assert.ok(turns > 0);
});

test('an error has a kind, a code and a remedy', async () => {
  await assert.rejects(aion.parseImage(picture('none.png'), textOnly), ofKind('not_found'));
  await assert.rejects(aion.parseImage(new Uint8Array([1, 2, 3, 4]), textOnly), ofKind('unsupported'));
  await assert.rejects(async () => aion.embedClip(42), TypeError);
  assert.throws(() => new Aion({ ocrLang: '../eng' }), ofKind('invalid_argument'));
});

test('a signal cancels and a timeout passes', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 30);
  await assert.rejects(aion.ocr(picture('letter.jpg'), { signal: stop.signal }), ofKind('cancelled'));
  await assert.rejects(aion.ocr(picture('letter.jpg'), { signal: stop.signal }), ofKind('cancelled'));
  await assert.rejects(aion.ocr(picture('letter.jpg'), { timeoutMs: 20 }), ofKind('deadline_exceeded'));
});

test('a closed engine says so, after the calls that ran have ended', async () => {
  const short = new Aion();
  const running = short.parseImage(picture('poster.png'), textOnly);
  await short.close();
  await short.close();
  assert.ok((await running).ocrText.includes('SUMMER'));
  await assert.rejects(short.ocr(picture('poster.png')), /closed/);
});

test('a model that was not configured is asked for', async () => {
  const bare = new Aion({ clipModel: '' });
  await assert.rejects(bare.embedClipText('a red circle'), ofKind('not_configured'));
  await bare.close();
});

test('a picture and a text have unit vectors in one space', { skip: noClip }, async () => {
  const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const [image, text, parsed] = await Promise.all([
    aion.embedClip(picture('poster.png')),
    aion.embedClipText('a red circle'),
    aion.parseImage(picture('poster.png'), { ocr: false }),
  ]);
  assert.equal(image.length, text.length);
  for (const vector of [image, text, parsed.clipVector]) assert.ok(Math.abs(dot(vector, vector) - 1) < 1e-4);
  assert.ok(dot(image, parsed.clipVector) > 0.999);
});
