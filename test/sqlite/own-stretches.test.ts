import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstOf, STRETCH } from '../../src/audit/event-marks.ts';
import { indexStretch, type StretchIndex } from '../../src/audit/index-stretch.ts';
import { OwnStretches } from '../../src/audit/own-stretches.ts';
import type { AuditEvent, EventDraft } from '../../src/domain/event.ts';
import type { Json } from '../../src/domain/json.ts';
import { rawNumber } from '../../src/domain/raw-number.ts';
import { StoreFault } from '../../src/sqlite/fault.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { SAMPLE_RULE, tamper } from '../support/sqlite/sample-chain.ts';
import { createStateDir, createTestClock, openTestStores } from '../support/sqlite/test-stores.ts';

const HASH = 'f'.repeat(64);

/** Drafts of all that an index is made of, and of all that is stored other than it was drafted. */
const DRAFTS: readonly EventDraft[] = [
  { code: 'TG1003', subject: 'alice', server: 'files', tool: 'read', requestId: '7', epoch: 1 },
  { code: 'TG1003', subject: 'half \ud83d', server: 's', tool: '\udc00', remote: '\ufffd' },
  { code: 'TG1003', argsHmac: HASH, durationUs: 12.5, resultBytes: Number.NaN, trace: 'a' },
  { code: 'TG1003', durationUs: Number.POSITIVE_INFINITY, args: { a: null }, revision: '' },
  { code: 'TG1003', rule: { ...SAMPLE_RULE, line: Number.NaN } },
  { code: 'TG1003', actor: { uid: 1, pid: 2, terminal: false, command: 'grant \ud800' } },
  { code: 'TG3001', detail: { grant: rawNumber('12345678901234567890') as unknown as Json } },
  { code: 'TG3001', detail: { grant: 'g' }, rule: undefined as never },
  { code: 'TG1003', server: 's', resource: 'file:///ä', method: 'resources/read', approval: 'apr' },
  { code: 'TG1003', server: 's', prompt: 'p', wouldRefuse: 'no_rule', reason: 'x', client: 'c' },
  { code: 'TG1003', server: 's', template: 't', definitionHash: HASH, transport: 'http' },
];

let state: ReturnType<typeof createStateDir>;
let clock: ReturnType<typeof createTestClock>;
const opened: Stores[] = [];
beforeEach(() => {
  state = createStateDir();
  clock = createTestClock();
});
afterEach(() => {
  for (const stores of opened.splice(0)) stores.close();
  state.remove();
});

async function open(fault?: () => void): Promise<Stores> {
  const stores = await openTestStores(state.stateDir, {
    clock,
    ...(fault === undefined ? {} : { fault: (step) => step === 'commit' && fault() }),
  });
  opened.push(stores);
  return stores;
}

const append = ({ admission }: Stores, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, at) =>
      admission.record(DRAFTS[at % DRAFTS.length] ?? { code: 'TG1003' }),
    ),
  );

/** What every event of a stretch gives, read back. */
async function readBack({ events }: Stores, stretch: number): Promise<StretchIndex> {
  const own: AuditEvent[] = [];
  for await (const page of events.pages(firstOf(stretch), STRETCH)) own.push(...page);
  return indexStretch(stretch, own);
}

/** Whether the stored index of these stretches is what their events give. */
async function areAsRead(stores: Stores, stretches: readonly number[]): Promise<boolean> {
  await stores.events.completeIndex();
  const made = new Map<number, StretchIndex>();
  for (const stretch of stretches) made.set(stretch, await readBack(stores, stretch));
  const found = await stores.events.areIndexedAs(made);
  return stretches.every((stretch) => found.get(stretch) === true);
}

describe('a stretch of which one process appended every event', () => {
  it('is indexed as if it had been read', async () => {
    const stores = await open();
    await append(stores, STRETCH / 2);
    clock.advance(3_600_000);
    await append(stores, STRETCH + 1);
    expect(await areAsRead(stores, [0])).toBe(true);
  });

  it('is indexed without being read', async () => {
    const stores = await open();
    await append(stores, STRETCH);
    tamper(state.stateDir, (db) => db.exec(`UPDATE events SET body = 'x'`));
    await stores.events.completeIndex();
    expect(await stores.events.stats({ subject: 'alice' }, [])).toMatchObject(
      new Map([['all', [{ count: Math.ceil(STRETCH / DRAFTS.length) }]]]),
    );
  });
});

describe('a stretch that is not all of one process', () => {
  it.each([1, 1_000, STRETCH])('is read where event %i is another’s', async (at) => {
    const [stores, others] = [await open(), await open()];
    await append(stores, at - 1);
    await others.admission.record({ code: 'TG1003', subject: 'bob' });
    await append(stores, STRETCH + 1 - at);
    expect(await areAsRead(stores, [0])).toBe(true);
  });

  it('is read where the process began in the middle of it, and the next one is its own', async () => {
    await append(await open(), 10);
    const stores = await open();
    await append(stores, 2 * STRETCH);
    expect(await areAsRead(stores, [0, 1])).toBe(true);
  });

  it.each([1_000, STRETCH])('is read where event %i was undone', async (at) => {
    let isFailing = false;
    const stores = await open(() => {
      if (isFailing) throw new StoreFault('SQLITE_IOERR_WRITE');
    });
    const others = await open();
    await append(stores, at - 1);
    isFailing = true;
    const undone = { code: 'TG1003', subject: 'undone' } as const;
    await expect(stores.admission.record(undone)).rejects.toThrow();
    isFailing = false;
    await others.admission.record({ code: 'TG1003', subject: 'bob' });
    await append(stores, STRETCH + 1 - at);
    expect(await areAsRead(stores, [0])).toBe(true);
    expect(await stores.events.query({ subject: 'undone' })).toEqual([]);
  });
});

describe('what is kept of own stretches', () => {
  const fill = (own: OwnStretches, stretch: number, subject: (seq: number) => string) => {
    for (let seq = firstOf(stretch); seq < firstOf(stretch + 1); seq += 1) {
      const [hash, prev] = [String(seq), String(seq - 1)];
      own.add({ seq, hash, prev, at: 0, code: 'TG1003', subject: subject(seq) } as AuditEvent);
    }
  };
  const last = (stretch: number) => String(firstOf(stretch + 1) - 1);

  it('is given once, and for the log it was made of alone', () => {
    const own = new OwnStretches();
    fill(own, 0, () => 'alice');
    fill(own, 1, () => 'alice');
    expect(own.take(0, 'another')).toBeUndefined();
    expect(own.take(0, last(0))).toBeUndefined();
    expect(own.take(1, last(1))).toBeDefined();
    expect(own.take(1, last(1))).toBeUndefined();
  });

  it('is the newest, where clients choose ever other values', () => {
    const own = new OwnStretches();
    fill(own, 0, () => 'alice');
    fill(own, 1, String);
    fill(own, 2, () => 'alice');
    expect(own.take(0, last(0))).toBeUndefined();
    expect(own.take(1, last(1))).toBeUndefined();
    expect(own.take(2, last(2))).toBeDefined();
  });
});
