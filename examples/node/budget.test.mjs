// node --test, from this folder.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { AionError, Budget, replayDecision } from './aion.mjs';

const ofKind = (kind) => (error) => error instanceof AionError && error.kind === kind && error.code > 0;
const ask = (costUsd) => ({ confidence: 0.1, costUsd });

/** A ledger file for one test. */
async function ledger(t) {
  const folder = await mkdtemp(join(tmpdir(), 'aion-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'ledger.db');
}

test('a paid call is held, dispatched and settled', async () => {
  const budget = new Budget({ dailyUsd: '0.01' });
  const { verdict, reason, grant, explanation } = await budget.decide(ask(0.004));
  assert.deepEqual([verdict, reason, grant.heldUsd], ['fallback', 'granted', 0.004]);
  assert.match(explanation, /\$0\.004 fit beside \$0\.00 of \$0\.01/);
  assert.equal(await grant.state(), 'held');
  await assert.rejects(grant.settle(0.001), ofKind('invalid_state'));
  await grant.dispatched();
  await assert.rejects(grant.release(), ofKind('invalid_state'));
  await assert.rejects(grant.settle(-1), ofKind('invalid_argument'));
  assert.deepEqual(await grant.settle(0.001), { capturedUsd: 0.001, overrunUsd: 0 });
  await grant.close();
  await assert.rejects(grant.state(), /closed/);
  const { spentUsd, heldUsd, remainingUsd, fallbacksLastHour, windowEnds, ledger } = await budget.status();
  assert.deepEqual([spentUsd, heldUsd, remainingUsd, fallbacksLastHour, ledger], [0.001, 0, 0.009, 1, 'memory']);
  assert.ok(windowEnds > new Date());
  await budget.close();
  await assert.rejects(budget.status(), /closed/);
});

test('closing a grant does what is safe', async () => {
  const budget = new Budget({ dailyUsd: 0.01, maxFallbacksPerHour: null });
  await (await budget.decide(ask(0.01))).grant.close();
  assert.equal((await budget.status()).spentUsd, 0);
  const { grant } = await budget.decide(ask(0.01));
  await grant.dispatched();
  await grant.close();
  const { spentUsd, maxFallbacksPerHour } = await budget.status();
  assert.deepEqual([spentUsd, maxFallbacksPerHour], [0.01, null]);
  await budget.close();
});

test('every reason has a record that makes the decision again', async () => {
  const budget = new Budget({ dailyUsd: 0.01, maxFallbacksPerHour: 1, timezone: 'America/Sao_Paulo' });
  const off = new Budget({ enabled: false });
  const decisions = [
    await budget.decide({ confidence: 0.9, costUsd: 0.001 }),
    await budget.decide({ confidence: 0.1 }),
    await budget.decide(ask(1)),
    await budget.decide(ask(0.001)),
    await budget.decide(ask(0.001)),
    await off.decide(ask(0.001)),
    await new Budget({ dailyUsd: 0 }).decide(ask(0)),
  ];
  const reasons = decisions.map(({ reason }) => reason);
  assert.deepEqual(reasons, [
    'confident', 'unknown_price', 'daily_cap', 'granted', 'hourly_cap', 'disabled', 'daily_cap',
  ]);
  for (const { verdict, reason, explanation, record } of decisions) {
    const again = replayDecision(record);
    assert.deepEqual(again, { verdict, reason, explanation, record, grant: null });
  }
  const { record } = decisions[0];
  const changed = { ...record, policy: { ...record.policy, enabled: false } };
  assert.throws(() => replayDecision(changed), ofKind('invalid_input'));
  await Promise.all([budget.close(), off.close()]);
});

test('what can not be asked is refused', async () => {
  const budget = new Budget();
  await assert.rejects(budget.decide({ confidence: 2, costUsd: 1 }), ofKind('invalid_argument'));
  await assert.rejects(budget.decide(ask('a lot')), ofKind('invalid_argument'));
  await assert.rejects(budget.decide(ask(-1)), ofKind('invalid_argument'));
  await assert.rejects(budget.grant('0123456789abcdef-1'), ofKind('invalid_argument'));
  assert.throws(() => new Budget({ timezone: 'Mars/Olympus' }), ofKind('invalid_argument'));
  assert.throws(() => new Budget({ afterReboot: 'hope' }), ofKind('invalid_argument'));
  assert.throws(() => new Budget({ dailyUsd: NaN }), ofKind('invalid_argument'));
  await budget.close();
});

test('the environment pays only when it says so', async () => {
  const { USE_OPENAI, OPENAI_MAX_TOKENS_PER_REPLY } = process.env;
  assert.equal(USE_OPENAI ?? OPENAI_MAX_TOKENS_PER_REPLY, undefined);
  const budget = new Budget({ fromEnv: true });
  assert.equal((await budget.decide(ask(0.001))).reason, 'disabled');
  assert.equal(budget.maxTokensPerReply, 400);
  await budget.close();
});

test('a key gives its answer again', async () => {
  const budget = new Budget();
  const request = { ...ask(0.5), key: 'job 7' };
  const first = await budget.decide(request);
  const again = await budget.decide(request);
  assert.equal(again.grant.id, first.grant.id);
  await again.grant.close();
  assert.equal(await first.grant.state(), 'held');
  await assert.rejects(budget.decide({ ...request, costUsd: 0.6 }), ofKind('conflict'));
  await first.grant.close();
  await budget.close();
});

test('calls that overlap and handles on one file share its money', async (t) => {
  const path = await ledger(t);
  const budgets = [new Budget({ path, dailyUsd: 0.01 }), new Budget({ path, dailyUsd: 0.01 })];
  const calls = Array.from({ length: 24 }, (_, i) => budgets[i % 2].decide(ask(0.001)));
  const grants = (await Promise.all(calls)).map(({ grant }) => grant).filter(Boolean);
  assert.equal(grants.length, 10);
  const found = await budgets[0].grant(grants[0].id);
  await found.dispatched();
  await grants[0].settle(0.0005);
  assert.equal(await found.state(), 'settled');
  await found.close();
  await Promise.all(grants.slice(1).map((grant) => grant.release()));
  await Promise.all(grants.map((grant) => grant.close()));
  assert.equal((await budgets[1].status()).spentUsd, 0.0005);
  const lines = await budgets[1].journal({ after: 10 });
  assert.deepEqual(lines.slice(0, 2).map(({ edge }) => edge), ['dispatched', 'settled']);
  assert.deepEqual((await budgets[1].audit()).problems, []);
  await Promise.all(budgets.map((budget) => budget.close()));
});

test('the grants of a process that died are ended', async (t) => {
  const path = await ledger(t);
  const script = `
    import { Budget } from './aion.mjs';
    const budget = new Budget({ path: process.argv[1] });
    await budget.decide({ confidence: 0.1, costUsd: 0.25 });
    const { grant } = await budget.decide({ confidence: 0.1, costUsd: 0.5 });
    await grant.dispatched();
    process.kill(process.pid, 'SIGKILL');`;
  const options = { cwd: fileURLToPath(new URL('.', import.meta.url)) };
  const died = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, path], options);
  await assert.rejects(died, { signal: 'SIGKILL' });
  const budget = new Budget({ path, graceMs: 0 });
  assert.equal((await budget.status()).heldUsd, 0.75);
  assert.equal(await budget.sweep(), 2);
  const { spentUsd, heldUsd } = await budget.status();
  assert.deepEqual([spentUsd, heldUsd], [0.5, 0]);
  await budget.confirmClock();
  await budget.close();
});

test('a ledger that can not be used pays nothing', async () => {
  const budget = new Budget({ path: '/does/not/exist/ledger.db' });
  const { verdict, reason, grant } = await budget.decide(ask(0.001));
  assert.deepEqual([verdict, reason, grant], ['local', 'ledger_unavailable', null]);
  await assert.rejects(budget.status(), (error) => ofKind('unavailable')(error) && error.retryable);
  await budget.close();
});
