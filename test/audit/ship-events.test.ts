import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pruneAudit } from '../../src/admin/prune-audit.ts';
import { type Shipping, type ShipTarget, shipEvents } from '../../src/audit/ship-events.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import { type AgingLog, agingLog } from '../support/sqlite/aging-log.ts';

const DAY_MS = 86_400_000;

let log: AgingLog;
let stop: AbortController;
let waited: number[];
let remarks: string[];
beforeEach(async () => {
  log = await agingLog();
  stop = new AbortController();
  waited = [];
  remarks = [];
});
afterEach(() => log.remove());

/** A place that keeps numbers of events, and fails the first so many times. */
function place(failures = 0): ShipTarget & { readonly kept: number[] } {
  let left = failures;
  const kept: number[] = [];
  return {
    id: 'p',
    formerId: 'f',
    key: 'audit.ship[0]',
    kept,
    async send(events) {
      left -= 1;
      if (left >= 0) throw new BrokerError('ERR_SHIP_FAILED', 'not taken');
      kept.push(...events.map(({ seq }) => seq));
      return { kind: 'taken', rejected: 0 };
    },
  };
}

/** Shipping that ends, or does something else, once it has waited so many times. */
const shipping = (waits = 0, then = () => stop.abort()): Shipping => ({
  events: log.stores.events,
  shipments: log.stores.shipments,
  sync: log.stores.sync,
  record: (event) => log.stores.admission.record(event),
  signal: stop.signal,
  async wait(ms) {
    waited.push(ms);
    if (waited.length >= waits) then();
  },
  remark: (_, text) => void remarks.push(text),
});

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe('shipEvents', () => {
  it('sends everything in order, and the next process goes on where it stopped', async () => {
    await log.grow(1, 1_200);
    const first = place();
    expect(await shipEvents(first, shipping(), true)).toBe(1_200);
    expect(first.kept).toEqual(upTo(1_200));
    await log.grow(1, 10);
    const second = place();
    expect(await shipEvents(second, shipping(), true)).toBe(10);
    expect(second.kept[0]).toBe(1_201);
  });

  it('goes on as events are written', async () => {
    await log.grow(1, 3);
    const target = place();
    const following = shipEvents(
      target,
      {
        ...shipping(),
        async wait() {
          if (target.kept.length >= 6) stop.abort();
          else await log.grow(1, 3);
        },
      },
      false,
    );
    expect(await following).toBe(6);
    expect(target.kept).toEqual(upTo(6));
  });

  it('leaves nothing out when the place fails, and waits longer each time, up to five minutes', async () => {
    await log.grow(1, 5);
    const target = place(11);
    await shipEvents(target, shipping(12), false);
    expect(target.kept).toEqual(upTo(5));
    expect(waited.slice(0, 11)).toEqual([
      ...[1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000),
    ]);
    expect(remarks).toHaveLength(11);
  });

  it('says that it failed when it is to end', async () => {
    await log.grow(1, 5);
    await expect(shipEvents(place(1), shipping(), true)).rejects.toMatchObject({
      code: 'ERR_SHIP_FAILED',
    });
  });

  it('believes a place that knows what it has before what was noted', async () => {
    await log.grow(1, 10);
    const hash = (await log.stores.events.get(7))?.hash ?? '';
    const target = { ...place(), newest: async () => ({ seq: 7, hash }) };
    await shipEvents(target, shipping(), true);
    expect(target.kept).toEqual([8, 9, 10]);
  });

  it('is not led past events by a place that says it has others, or by a number beyond the log', async () => {
    await log.grow(1, 10);
    for (const seq of [7, 11, 1_000_000]) {
      const newest = async () => ({ seq, hash: 'ab'.repeat(32) });
      await expect(shipEvents({ ...place(), newest }, shipping(), true)).rejects.toMatchObject({
        code: 'ERR_SHIP_FAILED',
        message: expect.stringContaining(`its last event, ${seq}, is not of this log`),
      });
    }
    await log.stores.shipments.noteSent('p', 1_000_000);
    const target = place();
    await shipEvents(target, shipping(), true);
    expect(target.kept).toEqual(upTo(10));
    expect(await log.stores.shipments.sentTo('p')).toBe(10);
  });

  it('goes on in a file whose last event was removed of the log', async () => {
    await log.grow(5, 10);
    await log.stores.shipments.noteSent('p', 12);
    const hash = (await log.stores.events.get(10))?.hash ?? '';
    const held = { ...log.context, shipTargets: [place()] };
    expect(await pruneAudit(held, { maxAgeMs: 2 * DAY_MS })).toMatchObject({ to: 10 });
    const target = { ...place(), newest: async () => ({ seq: 10, hash }) };
    await shipEvents(target, shipping(), true);
    expect(target.kept[0]).toBe(13);
  });

  it('is waited for when events are pruned, and says what a new place has missed', async () => {
    await log.grow(5, 10);
    const twoDays = { maxAgeMs: 2 * DAY_MS };
    const target = place();
    const held = { ...log.context, shipTargets: [target] };
    expect(await pruneAudit(held, twoDays)).toBeUndefined();
    await log.stores.shipments.noteSent('p', 12);
    expect(await pruneAudit(held, twoDays)).toMatchObject({ to: 10 });
    const late = { ...place(), id: 'q' };
    await shipEvents(late, shipping(), true);
    expect(remarks).toEqual(['events 1 to 10 were removed before they were sent']);
    expect(late.kept[0]).toBe(11);
  });
});

describe('a place that refuses events', () => {
  /** Refuses a batch that holds one of these. */
  const refusing = (bad: readonly number[]) => {
    const kept: number[] = [];
    let requests = 0;
    const target: ShipTarget = {
      ...place(),
      async send(events) {
        requests += 1;
        if (events.some(({ seq }) => bad.includes(seq)))
          return { kind: 'refused', why: 'status 400' };
        kept.push(...events.map(({ seq }) => seq));
        return { kind: 'taken', rejected: 0 };
      },
    };
    return { target, kept, requests: () => requests };
  };
  const recorded = async () =>
    (await log.stores.events.query({ code: 'TG6006' })).map(({ detail }) => detail);

  it('gets all others, in order, and what it refused is recorded and not sent again', async () => {
    await log.grow(1, 300);
    const { target, kept, requests } = refusing([1, 150, 151]);
    expect(await shipEvents(target, shipping(), true)).toBe(300);
    expect(kept).toEqual(upTo(300).filter((seq) => ![1, 150, 151].includes(seq)));
    expect(requests()).toBeLessThan(60);
    expect(await recorded()).toEqual([
      {
        ...{ place: 'audit.ship[0]', from: 1, to: 300, rejected: 0, count: 3 },
        ...{ refused: [1, 150, 151], why: 'status 400' },
      },
    ]);
    expect(remarks).toEqual([
      'audit.ship[0]: 3 of events 1 to 300 were not kept (status 400); see TG6006',
    ]);
    await shipEvents(target, shipping(), true);
    expect(kept.at(-1)).toBe(301);
    expect(await recorded()).toHaveLength(1);
  });

  it('is asked again soon about one event alone, and goes past it once there are others', async () => {
    await log.grow(1, 1);
    const { target, kept } = refusing([1]);
    const following = shipEvents(
      target,
      {
        ...shipping(),
        async wait(ms) {
          waited.push(ms);
          if (kept.length > 0) stop.abort();
          else if (waited.length === 2) await log.grow(1, 2);
        },
      },
      false,
    );
    await following;
    expect(waited.slice(0, 2)).toEqual([1_000, 2_000]);
    expect(kept.slice(0, 2)).toEqual([2, 3]);
    expect(await recorded()).toHaveLength(1);
  });

  it('loses nothing when it refuses whatever it is sent, and is left alone for five minutes', async () => {
    await log.grow(1, 5);
    const { target, kept } = refusing(upTo(100));
    await expect(shipEvents(target, shipping(), true)).rejects.toMatchObject({
      code: 'ERR_SHIP_REFUSED',
    });
    await shipEvents(target, shipping(2), false);
    expect({ kept, waited, events: await recorded() }).toEqual({
      kept: [],
      waited: [300_000, 300_000],
      events: [],
    });
    expect(await log.stores.shipments.sentTo('p')).toBe(0);
    expect(remarks[0]).toBe(
      'audit.ship[0]: events were not taken: status 400 (ERR_SHIP_REFUSED); again in 300 s',
    );
  });

  it('says how many it rejected of what it took; all of them is as if it took none', async () => {
    await log.grow(1, 5);
    let rejected = 2;
    const target: ShipTarget = { ...place(), send: async () => ({ kind: 'taken', rejected }) };
    await shipEvents(target, shipping(), true);
    expect(await recorded()).toEqual([
      { place: 'audit.ship[0]', from: 1, to: 5, rejected: 2, refused: [], count: 2 },
    ]);
    rejected = 1;
    await expect(shipEvents(target, shipping(), true)).rejects.toMatchObject({
      code: 'ERR_SHIP_FAILED',
    });
    expect(await log.stores.shipments.sentTo('p')).toBe(5);
  });
});
