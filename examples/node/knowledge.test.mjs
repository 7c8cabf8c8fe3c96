// node --test, from this folder.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Aion, AionError } from './aion.mjs';

const aion = new Aion();
const folder = await mkdtemp(join(tmpdir(), 'aion-'));

after(async () => {
  await aion.close();
  await rm(folder, { recursive: true });
});

test('what goes in is found, once', async () => {
  const knowledge = await aion.openKnowledge(join(folder, 'words.db'));
  const items = [
    { source: 'https://e.com/mares', text: 'A maré alta é ao meio-dia.', title: 'Marés', fetchedAt: new Date(5000) },
    { source: 'nothing' },
  ];
  const [added, failed] = await knowledge.ingest(items);
  assert.deepEqual([added.change, failed.change], ['added', 'failed']);
  assert.equal((await knowledge.ingest(items))[0].change, 'unchanged');
  const [hit, ...others] = await knowledge.search('MARE alta');
  assert.equal(others.length, 0);
  assert.equal(hit.source, 'https://e.com/mares');
  assert.equal(hit.fetched_at, 5000);
  assert.deepEqual(await knowledge.search('mare', { until: new Date(5000) }), []);
  await assert.rejects(knowledge.search('mare', { k: 0 }), (error) => error instanceof AionError);
  await knowledge.close();
});

test('the words of a picture are found', async () => {
  const knowledge = await aion.openKnowledge(join(folder, 'pictures.db'));
  const path = fileURLToPath(new URL('../images/poster.png', import.meta.url));
  const [{ document, change }] = await knowledge.ingest([{ path }]);
  assert.equal(change, 'added');
  assert.equal((await knowledge.search('summer fair'))[0].kind, 'image');
  assert.ok((await knowledge.updateEma(document)) <= 1);
  await knowledge.close();
});
