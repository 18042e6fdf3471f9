import { describe, expect, it } from 'vitest';
import type { Answering } from '../../src/answer/answering.ts';
import { createBroker } from '../../src/broker.ts';
import type { Authentication } from '../../src/domain/broker.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';

const ORIGIN = { transport: 'http', remote: '127.0.0.1' } as const;

/** What a broker says whose authentication does this, and what it notes of it. */
async function says(authenticate: () => Authentication | Promise<Authentication>) {
  const noted: unknown[] = [];
  const parts = {
    authenticate,
    failures: { note: (...failure: unknown[]) => noted.push(failure) },
    news: {},
  };
  const broker = createBroker({ log: SILENT_LOG } as Answering, parts as never);
  return { answer: await broker.authenticate({ kind: 'token', token: 'x' }, ORIGIN), noted };
}

describe('the authentication of a broker', () => {
  const unreadable = { kind: 'refused', reason: 'state_unreadable' };
  const expired = { kind: 'refused', reason: 'token_expired' } as const;

  it.each([
    ['at once', () => expired],
    ['later', () => Promise.resolve(expired)],
  ])('notes what is refused %s', async (_when, authenticate) => {
    const said = await says(authenticate);
    expect(said).toEqual({ answer: expired, noted: [[ORIGIN, 'token_expired']] });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no state');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no state'))],
  ])('refuses, and notes it, when the look-up %s', async (_how, authenticate) => {
    const said = await says(authenticate);
    expect(said).toEqual({ answer: unreadable, noted: [[ORIGIN, 'state_unreadable']] });
  });
});
