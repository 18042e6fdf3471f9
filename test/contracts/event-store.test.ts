import { describe, expect, it } from 'vitest';
import { hashBody, hashEvent } from '../../src/audit/chain.ts';
import { STRETCH } from '../../src/audit/event-marks.ts';
import type { EventFilter } from '../../src/audit/event-store.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import { publicKey } from '../support/sqlite/test-stores.ts';
import { ContractState } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

const DRAFTS: readonly EventDraft[] = [
  {
    code: 'TG1003',
    subject: 'alice',
    server: 'files',
    tool: 'a',
    decision: 'deny',
    reason: 'no_rule',
  },
  {
    code: 'TG1003',
    subject: 'bob',
    server: 'files',
    tool: 'b',
    decision: 'deny',
    reason: 'no_grant',
  },
  { code: 'TG1004', subject: 'alice', method: 'x', decision: 'deny', reason: 'surface_closed' },
  { code: 'TG6001', subject: 'bob', decision: 'permit' },
];

describe.each(IMPLEMENTATIONS)('$name event store', (implementation) => {
  const state = new ContractState(implementation);

  it('says what a session touched, by its newest events', async () => {
    const { id } = await state.openSession();
    const other = await state.openSession();
    const call = (session: typeof id, server: string, tool: string) =>
      state.stores.admission.admit({
        epoch: state.stores.admission.epoch(),
        sessionId: session,
        intent: { code: 'TG1001', subject: 'alice', server, tool },
      });
    await call(id, 'files', 'read');
    await call(other.id, 'files', 'write');
    await call(id, 'git', 'log');
    await call(id, 'files', 'read');
    await state.stores.admission.record({ code: 'TG1003', session: id, server: 'x', tool: 'y' });
    const read = { server: 'files', tool: 'read' };
    const log = { server: 'git', tool: 'log', calls: 1 };
    const { events } = state.stores;
    expect(await events.touched([id, other.id], 5)).toEqual(
      new Map([
        [id, { tools: [{ ...read, calls: 2 }, log], isWhole: true }],
        [other.id, { tools: [{ server: 'files', tool: 'write', calls: 1 }], isWhole: true }],
      ]),
    );
    expect(await events.touched([id, 'ses_none'], 3)).toEqual(
      new Map([
        [id, { tools: [{ ...read, calls: 1 }, log], isWhole: false }],
        ['ses_none', { tools: [], isWhole: true }],
      ]),
    );
  });

  it('says what a session touched of prompts and resources, all of a server together', async () => {
    const { id } = await state.openSession();
    for (const of of [{ prompt: 'triage' }, { resource: 'a:b' }, { tool: 'log' }]) {
      await state.stores.admission.admit({
        epoch: state.stores.admission.epoch(),
        sessionId: id,
        intent: { code: 'TG1001', subject: 'alice', server: 'git', ...of },
      });
    }
    expect((await state.stores.events.touched([id], 5)).get(id)?.tools).toEqual([
      { server: 'git', tool: null, calls: 2 },
      { server: 'git', tool: 'log', calls: 1 },
    ]);
  });

  /** Appends the drafts one second apart, from sequence number 1. */
  async function fill(): Promise<void> {
    for (const draft of DRAFTS) {
      await state.stores.admission.record(draft);
      state.clock.advance(1_000);
    }
  }

  const startUs = () => (state.clock.now() - DRAFTS.length * 1_000) * 1_000;

  const cases: readonly (readonly [string, (startUs: number) => EventFilter, readonly number[]])[] =
    [
      ['everything', () => ({}), [1, 2, 3, 4]],
      ['by subject', () => ({ subject: 'alice' }), [1, 3]],
      ['by server and tool', () => ({ server: 'files', tool: 'b' }), [2]],
      ['by code', () => ({ code: 'TG1003' }), [1, 2]],
      ['by reason', () => ({ reason: 'no_grant' }), [2]],
      ['by decision', () => ({ decision: 'deny' }), [1, 2, 3]],
      ['by outcome', () => ({ outcome: 'failed' }), []],
      ['by session', () => ({ session: 'ses_x' }), []],
      ['after a sequence number', () => ({ afterSeq: 2 }), [3, 4]],
      ['the first ones', () => ({ limit: 2 }), [1, 2]],
      ['the newest ones, still ascending', () => ({ limit: 2, newest: true }), [3, 4]],
      ['from an instant on', (us) => ({ since: us + 1_000_000 }), [2, 3, 4]],
      ['from just after an instant', (us) => ({ since: us + 1_000_001 }), [3, 4]],
      ['before an instant', (us) => ({ until: us + 1_000_000 }), [1]],
      ['a span of time', (us) => ({ since: us + 1, until: us + 3_000_000 }), [2, 3]],
      ['from one sequence number to another', () => ({ fromSeq: 2, toSeq: 3 }), [2, 3]],
      ['by method', () => ({ method: 'x' }), [3]],
      ['by what is used', () => ({ ref: 'files/b' }), [2]],
      ['by a member without an index', () => ({ where: [['method', 'x']] }), [3]],
      ['by how long it took', () => ({ atLeast: { durationUs: 1 } }), []],
      ['several conditions at once', () => ({ subject: 'alice', code: 'TG1003' }), [1]],
    ];

  it.each(cases)('finds %s', async (_, filter, seqs) => {
    await fill();
    const found = await state.stores.events.query(filter(startUs()));
    expect(found.map(({ seq }) => seq)).toEqual(seqs);
  });

  it('gives an event its place, its chain and a hash over all of it', async () => {
    await fill();
    const [first, second] = await state.stores.events.query({ limit: 2 });
    expect(first).toMatchObject({ seq: 1, chain: 'main', at: startUs(), prev: '0'.repeat(64) });
    expect(second?.prev).toBe(first?.hash);
    expect(second?.hash).toBe(second && hashEvent(second));
  });

  it('yields pages that hold every event once', async () => {
    await fill();
    const pages: number[][] = [];
    for await (const page of state.stores.events.pages(2, 2))
      pages.push(page.map(({ seq }) => seq));
    expect(pages).toEqual([[2, 3], [4]]);
  });

  it('yields rows whose hash is that of their text', async () => {
    await fill();
    const rows = [];
    for await (const page of state.stores.events.rows(1, 10)) rows.push(...page);
    expect(rows).toHaveLength(4);
    expect(rows.map(({ hash }) => hash)).toEqual(rows.map(({ body }) => hashBody(body)));
  });

  it('has no head before the first event and the newest afterwards', async () => {
    expect(await state.stores.events.head()).toBeUndefined();
    await fill();
    expect(await state.stores.events.head()).toMatchObject({ seq: 4 });
  });

  it('makes a checkpoint with the first event a minute after the last', async () => {
    await fill();
    expect(await state.stores.events.checkpoints()).toEqual([]);
    state.clock.advance(60_000);
    await state.stores.admission.record({ code: 'TG6001' });
    const head = await state.stores.events.head();
    expect(await state.stores.events.checkpoints()).toMatchObject([{ ...head, chain: 'main' }]);
  });

  it('makes a checkpoint every thousand events', async () => {
    await Promise.all(
      Array.from({ length: 2_100 }, () => state.stores.admission.record({ code: 'TG1003' })),
    );
    const made = await state.stores.events.checkpoints();
    expect(made.map(({ seq }) => seq)).toEqual([1_000, 2_000]);
  });

  it('answers the same, indexed or not', async () => {
    const subjects = ['alice', 'bob'];
    await Promise.all(
      Array.from({ length: STRETCH + 50 }, (_, at) =>
        state.stores.admission.record({
          code: 'TG1003',
          subject: subjects[at % 2] ?? '',
          argsHmac: `h${at % 7}`,
          ...(at % 500 === 0 ? { decision: 'deny', reason: 'no_rule' } : {}),
        }),
      ),
    );
    const { events } = state.stores;
    const filters: readonly EventFilter[] = [
      { subject: 'alice', limit: 5, newest: true },
      { subject: 'bob', fromSeq: STRETCH - 1, toSeq: STRETCH + 3 },
      { decision: 'deny' },
      { args: 'h3', subject: 'alice', limit: 9 },
      { subject: 'nobody' },
    ];
    const answers = async () => ({
      found: await Promise.all(filters.map((filter) => events.query(filter))),
      stats: await events.stats({ subject: 'alice' }, ['subject', 'reason']),
    });
    const before = await answers();
    expect(before.found.map(({ length }) => length)).toEqual([5, 2, 9, 9, 0]);
    expect(await events.indexRows(0)).toBe(0);
    await events.completeIndex();
    expect(await events.indexRows(0)).toBeGreaterThan(0);
    expect(await answers()).toEqual(before);
    const report = await verifyAudit(events, { publicKey });
    expect(report.problems).toEqual([]);
  });

  it('finds nothing wrong with a layout it made', async () => {
    expect(await state.stores.events.check()).toEqual([]);
  });
});
