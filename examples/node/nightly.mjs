// What a night does: interactions become a training set, the set an adapter, and the adapter the current version.
//
//     node nightly.mjs INTERACTIONS.jsonl BASE ADAPTERS

import { join } from 'node:path';

import { Adapters, buildSft, LoraTrainer } from './aion.mjs';

const [interactions, base, root] = process.argv.slice(2);
if (!root) throw new Error('usage: node nightly.mjs INTERACTIONS.jsonl BASE ADAPTERS');

const adapters = new Adapters(root);
const set = join(root, 'aion_sft.jsonl');
const report = await buildSft(interactions, set);
console.log(`${report.kept} of ${report.read} interactions kept`);

const trainer = new LoraTrainer(base, { rank: 8, alpha: 16, learningRate: 2e-3 });
const { losses } = await trainer.train(set, { epochs: 2, assistantOnly: true });
const candidate = join(root, 'aion-lora');
trainer.save(candidate);
await trainer.close();

const version = await adapters.promote(candidate, { base, metrics: { loss: losses.at(-1) } });
console.log(`version ${version.id} is current, with loss ${version.metrics.loss.toFixed(3)}`);
await adapters.close();
