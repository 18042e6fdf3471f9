import { expect, it } from 'vitest';
import type { Answering } from '../../src/answer/answering.ts';
import { decideRetry } from '../../src/answer/read-retry.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { IncomingRequest } from '../../src/domain/broker.ts';
import type { Decision } from '../../src/domain/decision.ts';

const USE: AccessRequest = { kind: 'tool', server: 's', tool: 'read' };
const incoming = { principal: {} } as IncomingRequest;

/** A state in which only some kinds may be asked. */
const asks = (...permitted: readonly string[]) =>
  ({
    decider: () => (request: AccessRequest) =>
      ({
        kind: request.kind === 'ask' && permitted.includes(request.ask) ? 'permit' : 'deny',
        request,
        epoch: 2,
      }) as Decision,
  }) as Pick<Answering, 'decider'>;

const use = (kind: 'permit' | 'deny') => () => ({ kind, request: USE, epoch: 1 }) as Decision;

it.each([
  ['with the right to ask all that was answered', ['sampling', 'roots'], 'permit', 'permit', USE],
  ['without the right to ask one thing', ['roots'], 'permit', 'deny', { kind: 'ask' }],
  ['without the right to the use', ['sampling', 'roots'], 'deny', 'deny', USE],
] as const)(
  'leaves with the answers it brings %s, or not',
  (_how, permitted, decided, kind, request) => {
    const retry = { kinds: ['sampling', 'roots'] };
    const decide = decideRetry(retry, incoming, 's', asks(...permitted), use(decided));
    expect(decide()).toMatchObject({ kind, request });
  },
);

it('a use without answers is decided as it is, and by the older of two states', () => {
  const decide = decideRetry({ kinds: [] }, incoming, 's', asks(), use('permit'));
  expect(decide()).toMatchObject({ kind: 'permit', epoch: 1 });
});
