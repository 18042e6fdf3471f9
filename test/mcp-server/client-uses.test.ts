import { describe, expect, it } from 'vitest';
import type { Origin } from '../../src/domain/broker.ts';
import { ClientUses } from '../../src/mcp-server/client-uses.ts';
import type { ClientInfo } from '../../src/mcp-server/inbound.ts';
import { FakeBroker, principalOf } from './fake-broker.ts';

const ORIGIN: Origin = { transport: 'http', remote: '127.0.0.1' };

function uses() {
  const broker = new FakeBroker();
  const noting = new ClientUses(broker);
  const note = (info?: ClientInfo, letter = 'a') => noting.note(principalOf(letter), ORIGIN, info);
  return { broker, note };
}

describe('ClientUses', () => {
  it('waits for the record once, and says when there is nothing to wait for', async () => {
    const { broker, note } = uses();
    const both = [note({ name: 'a', version: '1' }), note({ name: 'a', version: '1' })];
    expect(both[0]).toBe(both[1]);
    await both[0];
    expect([note({ name: 'a', version: '1' }), note()]).toEqual([undefined, undefined]);
    expect(broker.noted).toHaveLength(1);
  });

  it('tries again what was not recorded', async () => {
    const { broker, note } = uses();
    broker.failsToNote = true;
    await expect(note()).rejects.toThrow();
    broker.failsToNote = false;
    await note();
    expect(note()).toBeUndefined();
  });

  it('tells clients apart however they are called', async () => {
    const { broker, note } = uses();
    const called = [
      ['a', 'b'],
      ['ab', ''],
      ['', 'ab'],
      ['a 1 b', 'c'],
      ['1 a', ''],
      ['', '1 a'],
    ] as const;
    for (const [name, version] of called) await note({ name, version });
    await note({ name: 'a', version: 'b' }, 'b');
    expect(broker.noted).toHaveLength(called.length + 1);
  });
});
