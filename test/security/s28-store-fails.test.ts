import { fdatasync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/admin/verify-audit.ts';
import { createCheckpointSigner } from '../../src/audit/checkpoint.ts';
import type { OpenState } from '../../src/compose.ts';
import { type ComposedBroker, composeBroker } from '../../src/compose-broker.ts';
import type { BrokerReply } from '../../src/domain/broker.ts';
import type { AuditEvent } from '../../src/domain/event.ts';
import { newInstanceId } from '../../src/domain/ids.ts';
import { principalOf } from '../../src/session/judge-session.ts';
import { StoreFault, type StoreStep } from '../../src/sqlite/fault.ts';
import { openStores } from '../../src/sqlite/open-stores.ts';
import { systemClock } from '../../src/system.ts';
import { callComposed } from '../support/live/call-composed.ts';
import { Home } from '../support/live/home.ts';

/** Steps of the store, and the sync that makes a commit durable. */
type Step = StoreStep | 'sync';

/** A broker put together as the product does, on a store that fails where it is told to. */
interface FailingBroker {
  readonly home: Home;
  readonly broker: ComposedBroker;
  /** From now on the store fails at the k-th of these steps, once or until `mend`. */
  failAt(steps: readonly Step[], k: number, code: string, times?: number): void;
  mend(): void;
  /** Whether the failure that was asked for has come. */
  hasFailed(): boolean;
  call(nonce: string): Promise<BrokerReply>;
}

const made: FailingBroker[] = [];
afterEach(async () => {
  for (const { broker, home, mend } of made.splice(0)) {
    mend();
    await broker.close();
    await home.remove();
  }
});

const entropy = (size: number) => crypto.getRandomValues(new Uint8Array(size));

async function failingBroker(): Promise<FailingBroker> {
  const home = new Home();
  await home.applyGrants();
  const opened = await home.state();
  const session = await opened.context.sessions.find((await home.open()).id as never);
  if (session === undefined) throw new Error('no session');

  let plan: { steps: readonly Step[]; left: number; code: string; times: number } | undefined;
  let failures = 0;
  const fault = (step: Step) => {
    if (plan === undefined || !plan.steps.includes(step)) return;
    plan.left -= 1;
    if (plan.left > 0 || failures >= plan.times) return;
    failures += 1;
    throw new StoreFault(plan.code);
  };
  const stores = await openStores({
    stateDir: opened.config.stateDir,
    durability: opened.config.audit.durability,
    instance: newInstanceId(entropy),
    clock: systemClock,
    entropy,
    signCheckpoint: createCheckpointSigner(await opened.context.keys.checkpointKey()),
    fault,
    syncFile(file, done) {
      try {
        fault('sync');
        fdatasync(file, done);
      } catch (error) {
        setImmediate(done, error as Error);
      }
    },
  });
  const state: OpenState = {
    ...opened,
    stores,
    context: { ...opened.context, ...stores },
    close: () => stores.close(),
  };
  const broker = await composeBroker(state, '0.0.0');
  const failing: FailingBroker = {
    home,
    broker: {
      ...broker,
      async close() {
        await broker.close();
        stores.close();
      },
    },
    failAt(steps, k, code, times = 1) {
      failures = 0;
      plan = { steps, left: k, code, times };
    },
    mend() {
      plan = undefined;
    },
    hasFailed: () => failures > 0,
    call: (nonce) => callComposed(broker, principalOf(session), 'echo', nonce),
  };
  made.push(failing);
  // The tool server is started and pinned before the store begins to fail.
  expect(await failing.call('warm')).toMatchObject({ kind: 'result' });
  return failing;
}

/** The log as another process finds it after this one has lost its store. */
async function logOf(home: Home): Promise<readonly AuditEvent[]> {
  const { context } = await home.state();
  expect(await verifyAudit(context, [], () => {})).toMatchObject({ ok: true, problems: [] });
  return context.events.query({});
}

const reached = (home: Home, nonce: string) =>
  home.journal().some((line) => line.kind === 'call' && line.nonce === nonce);

const FAILED = { kind: 'error', error: { code: -32603, message: 'Internal error' } };

/** Calls once for each k until a call passes without meeting the failure; checks every answer. */
async function failAtEachStep(steps: readonly Step[], code: string): Promise<number> {
  const { home, failAt, mend, hasFailed, call } = await failingBroker();
  let k = 0;
  for (;;) {
    k += 1;
    failAt(steps, k, code);
    const nonce = `k${k}`;
    const answer = await call(nonce);
    const didFail = hasFailed();
    mend();
    const events = await logOf(home);
    const intent = events.findLast((event) => event.requestId === nonce);
    const outcome = events.find((event) => event.intent === intent?.seq);
    const hasIntent = intent?.code === 'TG1001';
    // No durable intent, no dispatch.
    if (!hasIntent) expect(reached(home, nonce)).toBe(false);
    // No durable outcome, no result.
    if (answer.kind === 'result') {
      expect(hasIntent).toBe(true);
      expect(outcome?.outcome).toBe('ok');
    } else {
      expect(didFail).toBe(true);
      expect(answer).toEqual(FAILED);
      expect(outcome?.outcome).not.toBe('ok');
    }
    if (!didFail) return k - 1;
  }
}

describe('S28 a store that fails at its k-th step', () => {
  for (const [what, steps, code, atLeast] of [
    ['a write, disk full', ['write'], 'SQLITE_FULL', 3],
    ['a write, input/output error', ['write'], 'SQLITE_IOERR_WRITE', 3],
    ['a commit, failed sync', ['commit'], 'SQLITE_IOERR_FSYNC', 2],
    ['a commit, disk full', ['commit'], 'SQLITE_FULL', 2],
    ['the begin of a transaction', ['begin'], 'SQLITE_IOERR_LOCK', 2],
    ['a read', ['read'], 'SQLITE_IOERR_READ', 5],
  ] as const) {
    it(`refuses or fails the call, and loses nothing acknowledged: ${what}`, async () => {
      expect(await failAtEachStep(steps, code)).toBeGreaterThanOrEqual(atLeast);
    });
  }

  it('leaves the tool server untouched when the intent cannot be committed', async () => {
    const { home, failAt, hasFailed, call } = await failingBroker();
    failAt(['commit'], 1, 'SQLITE_FULL');
    expect(await call('first')).toEqual(FAILED);
    expect(hasFailed()).toBe(true);
    expect(reached(home, 'first')).toBe(false);
  });

  it('withholds the result when the outcome cannot be committed', async () => {
    const { home, failAt, hasFailed, call } = await failingBroker();
    failAt(['commit'], 2, 'SQLITE_IOERR_FSYNC');
    expect(await call('second')).toEqual(FAILED);
    expect(hasFailed()).toBe(true);
    expect(reached(home, 'second')).toBe(true);
  });

  it('leaves the tool server untouched when the intent is committed and cannot be synced', async () => {
    const { home, failAt, call } = await failingBroker();
    failAt(['sync'], 1, 'EIO');
    expect(await call('first')).toEqual(FAILED);
    expect(reached(home, 'first')).toBe(false);
    expect(await call('again')).toMatchObject({ kind: 'result' });
    await logOf(home);
  });

  it('withholds the result when the outcome is committed and cannot be synced', async () => {
    const { home, failAt, hasFailed, call } = await failingBroker();
    failAt(['sync'], 2, 'EIO');
    expect(await call('second')).toEqual(FAILED);
    expect([hasFailed(), reached(home, 'second')]).toEqual([true, true]);
    await logOf(home);
  });

  it('stops every call while nothing can be synced, and serves again once it can', async () => {
    const { home, failAt, mend, call } = await failingBroker();
    failAt(['sync'], 1, 'EIO', Number.POSITIVE_INFINITY);
    const names = Array.from({ length: 20 }, (_, n) => `lost-${n}`);
    expect(await Promise.all(names.map(call))).toEqual(names.map(() => FAILED));
    expect(names.filter((nonce) => reached(home, nonce))).toEqual([]);
    mend();
    expect(await call('again')).toMatchObject({ kind: 'result' });
    await logOf(home);
  });

  it('stops every call while the disk stays full, and serves again once it is not', async () => {
    const { home, failAt, mend, call } = await failingBroker();
    failAt(['write', 'commit'], 1, 'SQLITE_FULL', Number.POSITIVE_INFINITY);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => call(`full-${n}`)));
    expect(answers).toEqual(answers.map(() => FAILED));
    expect(home.journal().filter(({ nonce }) => nonce?.startsWith('full-'))).toEqual([]);
    mend();
    expect(await call('again')).toMatchObject({ kind: 'result' });
    const events = await logOf(home);
    expect(events.filter(({ code }) => code === 'TG1001')).toHaveLength(2);
  });

  it('stops every call while the database cannot be opened again after a failed sync', async () => {
    const { home, failAt, mend, call } = await failingBroker();
    failAt(['commit', 'open'], 1, 'SQLITE_CANTOPEN', Number.POSITIVE_INFINITY);
    for (const nonce of ['a', 'b', 'c']) expect(await call(nonce)).toEqual(FAILED);
    expect(['a', 'b', 'c'].filter((nonce) => reached(home, nonce))).toEqual([]);
    mend();
    expect(await call('again')).toMatchObject({ kind: 'result' });
    await logOf(home);
  });

  it('records refusals it could not write once it can, as a count', async () => {
    const { home, broker, failAt, mend, call } = await failingBroker();
    failAt(['write'], 1, 'SQLITE_FULL', Number.POSITIVE_INFINITY);
    for (const nonce of ['a', 'b', 'c']) await call(nonce);
    mend();
    await broker.close();
    const summed = (await logOf(home)).filter(({ code }) => code === 'TG1006');
    expect(summed.map(({ detail }) => detail)).toEqual([{ summed: 0, unwritten: 3 }]);
  });
});
