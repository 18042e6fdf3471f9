import { describe, expect, it } from 'vitest';
import type { ServerOffer } from '../../src/domain/catalog-record.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { createTakenAway } from '../../src/news/taken-away.ts';

const offerOf = (...tools: readonly string[]): ServerOffer =>
  ({ tools: tools.map((name) => ({ name })), prompts: [], templates: [] }) as never;

const ALICE = { sessionId: 'ses_a', subject: 'alice' } as never as Principal;
const OTHER = { sessionId: 'ses_b', subject: 'alice' } as never as Principal;
const OWNER = { sessionId: 'ses_a' } as const;

function made() {
  const told: string[] = [];
  const taken = createTakenAway((server) => told.push(server));
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const connection = { offer: offerOf('read', 'write'), closed };
  const offerNow = (...tools: readonly string[]): void => {
    taken.before(connection);
    connection.offer = offerOf(...tools);
    taken.after('files', OWNER, connection);
  };
  const lacks = (name: string, principal = ALICE): boolean =>
    taken.isTaken(principal, 'files', 'tools', name);
  return { told, close, offerNow, lacks };
}

describe('what a live tool server takes away', () => {
  it('is gone for the session whose connection it is', () => {
    const { offerNow, lacks } = made();
    offerNow('read');
    expect([lacks('write'), lacks('read'), lacks('write', OTHER)]).toEqual([true, false, false]);
  });

  it('is back once it is offered again', () => {
    const { offerNow, lacks, told } = made();
    offerNow('read');
    offerNow('read', 'write');
    expect(lacks('write')).toBe(false);
    expect(told).toEqual(['files', 'files']);
  });

  it('is back when the connection ends', async () => {
    const { offerNow, lacks, close, told } = made();
    offerNow('read');
    close();
    await Promise.resolve();
    await Promise.resolve();
    expect(lacks('write')).toBe(false);
    expect(told).toEqual(['files', 'files']);
  });

  it('is not what the connection never offered', () => {
    const { offerNow, lacks } = made();
    offerNow('read');
    expect(lacks('delete')).toBe(false);
  });

  it('is only of its own list', () => {
    const taken = createTakenAway(() => {});
    const connection = { offer: offerOf('read'), closed: new Promise<void>(() => {}) };
    taken.before(connection);
    connection.offer = offerOf();
    taken.after('files', OWNER, connection);
    expect(taken.isTaken(ALICE, 'files', 'prompts', 'read')).toBe(false);
  });
});
