import { describe, expect, it } from 'vitest';
import { createAskRefuser } from '../../src/answer/refuse-ask.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import { sessionId } from '../support/fakes/session-record.ts';

function refuser(readPolicy: () => never) {
  const recorded: EventDraft[] = [];
  const refuse = createAskRefuser({
    readPolicy,
    epoch: () => 1,
    refusals: { refused: async (event) => void recorded.push(event), flush: async () => {} },
    scrub: (text) => text,
    clock: { now: () => 1, nowMicros: () => 1, monotonicMs: () => 1 },
  });
  return { recorded, refuse };
}

describe('a question of a tool server that belongs to no call', () => {
  it('is refused and recorded when state cannot be read', async () => {
    const { recorded, refuse } = refuser(() => {
      throw new Error('disk');
    });
    const owner = { sessionId: sessionId('1'), subject: 'alice' };
    expect(
      await refuse('files', owner, { method: 'sampling/createMessage', params: {} }),
    ).toMatchObject({ code: -32601 });
    expect(recorded).toEqual([
      {
        code: 'TG1005',
        server: 'files',
        method: 'sampling/createMessage',
        decision: 'deny',
        reason: 'state_unreadable',
        session: sessionId('1'),
        subject: 'alice',
      },
    ]);
  });

  it('is refused without a subject, when sessions share the connection', async () => {
    const { recorded, refuse } = refuser(() => {
      throw new Error('not to be asked');
    });
    await refuse('files', {}, { method: 'roots/list', params: {} });
    expect(recorded).toMatchObject([{ code: 'TG1005', reason: 'ask_not_granted' }]);
  });
});
