// node --test, from this folder.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Adapters, AionError, buildSft, HeldOut, LoraTrainer } from './aion.mjs';

const ofKind = (kind) => (error) => error instanceof AionError && error.kind === kind && error.code > 0;
const repository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const peft = repository('aion-core/tests/data/adapter/peft');
const llama = repository('models/llama-tiny');

/** A folder for one test. */
async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), 'aion-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

async function interactions(path) {
  const rows = Array.from({ length: 6 }, (_, n) => ({ question: `Who is ${n}?`, answer: `Number ${n}.`, rating: n }));
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join('') + '{"question"\n');
  return path;
}

test('a set is built, and damage is told', async (t) => {
  const here = await folder(t);
  const source = await interactions(join(here, 'asked.jsonl'));
  const report = await buildSft(source, join(here, 'set.jsonl'), { minRating: 2, system: 'I am.' });
  assert.deepEqual([report.read, report.kept, report.tooLow, report.damaged], [7, 4, 2, 1]);
  assert.equal(report.damagedLines[0].line, 7);
  const [first] = (await readFile(join(here, 'set.jsonl'), 'utf8')).split('\n');
  assert.deepEqual(JSON.parse(first).messages[0], { role: 'system', content: 'I am.' });
  await assert.rejects(buildSft(join(here, 'none'), join(here, 'set.jsonl')), ofKind('not_found'));
});

test('an adapter is promoted, read back, held and taken back', async (t) => {
  const adapters = new Adapters(join(await folder(t), 'adapters'), { keep: 2 });
  assert.deepEqual([await adapters.current(), await adapters.pin()], [null, null]);
  const first = await adapters.promote(peft, { metrics: { loss: 1.5 }, base: repository('aion-core/tests/data/adapter/base') });
  const pinned = await adapters.pin();
  const second = await adapters.promote(peft);
  assert.deepEqual([first.metrics, first.base, second.parent], [{ loss: 1.5 }, 'base', first.id]);
  assert.deepEqual(await adapters.history(), [second, first]);
  assert.deepEqual(await adapters.rollback(), first);
  assert.deepEqual(await adapters.current(), first);
  await adapters.promote(peft);
  await adapters.promote(peft);
  assert.deepEqual(pinned.version, first);
  await access(join(first.path, 'adapter_model.safetensors'));
  await pinned.verify();
  await pinned.close();
  await assert.rejects(adapters.promote(llama), ofKind('not_found'));
  await assert.rejects(adapters.promote(peft, { base: llama }), ofKind('invalid_input'));
  await adapters.close();
});

test('a trainer can be stopped', async (t) => {
  const here = await folder(t);
  const set = join(here, 'set.jsonl');
  await buildSft(await interactions(join(here, 'asked.jsonl')), set);
  const trainer = new LoraTrainer(llama, { rank: 4, alpha: 8 });
  await assert.rejects(trainer.train(set, { epochs: 100000, timeoutMs: 200 }), ofKind('deadline_exceeded'));
  await trainer.close();
  assert.throws(() => new LoraTrainer(llama, { rank: 0 }), ofKind('invalid_argument'));
  assert.throws(() => new LoraTrainer(llama, { ranks: 1 }), TypeError);
});

test('an adapter that is worse than the current one is refused', async (t) => {
  const here = await folder(t);
  const [set, good, bad] = ['set.jsonl', 'good', 'bad'].map((name) => join(here, name));
  await buildSft(await interactions(join(here, 'asked.jsonl')), set);
  const trainer = new LoraTrainer(llama, { rank: 4, alpha: 8, learningRate: 1e-2 });
  trainer.save(bad);
  await trainer.train(set, { epochs: 4, assistantOnly: true });
  trainer.save(good);
  await trainer.close();
  const heldOut = new HeldOut(llama, set, { assistantOnly: true });
  assert.ok((await heldOut.loss(good)) < (await heldOut.loss()));
  const adapters = new Adapters(join(here, 'adapters'));
  const champion = await adapters.promote(good, { heldOut });
  await assert.rejects(adapters.promote(bad, { heldOut }), ofKind('conflict'));
  assert.deepEqual(await adapters.current(), champion);
  await heldOut.close();
  await assert.rejects(adapters.promote(bad, { heldOut }), /closed/);
  await adapters.close();
});

test('the night of the example leaves a version', async (t) => {
  const here = await folder(t);
  const source = await interactions(join(here, 'asked.jsonl'));
  const root = join(here, 'adapters');
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [repository('examples/node/nightly.mjs'), source, llama, root]);
  assert.match(stdout, /^6 of 7 interactions kept\nversion \S+ is current, with loss \d+\.\d+\n$/);
  const config = JSON.parse(await readFile(join(root, 'aion-current', 'adapter_config.json'), 'utf8'));
  assert.deepEqual([config.r, config.peft_type], [8, 'LORA']);
});
