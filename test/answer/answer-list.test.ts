import { describe, expect, it } from 'vitest';
import { answerList } from '../../src/answer/answer-list.ts';
import type { Answering } from '../../src/answer/answering.ts';
import { redactArguments } from '../../src/audit/redact.ts';
import type { IncomingRequest } from '../../src/domain/broker.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import type { Json } from '../../src/domain/json.ts';

const definition = { name: 'read', inputSchema: { type: 'object' } };

describe('tools/list', () => {
  it('of a session that ended under it says so, recorded, instead of listing nothing', async () => {
    const recorded: EventDraft[] = [];
    const broker = {
      store: { epoch: () => 1 },
      takenAway: { isTaken: () => false },
      catalog: {
        view: () => ({
          epoch: 1,
          servers: new Map([['files', { tools: new Map() }]]),
          pinned: new Map([['files', { server: 'files', tools: [{ name: 'read', definition }] }]]),
          names: { isUnique: () => true },
        }),
      },
      decider: () => (request: object) => ({
        kind: 'deny',
        request,
        epoch: 1,
        reason: 'session_revoked',
      }),
      refusals: { refused: async (event: EventDraft) => recorded.push(event) },
    };
    const incoming = {
      era: '2025',
      revision: '2025-11-25',
      principal: { sessionId: 'ses_a', subject: 'alice' },
      origin: { transport: 'http' },
      request: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    };
    const reply = await answerList('tools')(
      incoming as unknown as IncomingRequest,
      broker as unknown as Answering,
    );
    expect(reply).toEqual({ kind: 'session_ended' });
    expect(recorded).toMatchObject([{ code: 'TG1004', reason: 'session_revoked' }]);
  });

  it('does not tell a credential that a tool server wrote into a definition', async () => {
    const told = { ...definition, description: 'reads with hunter-2-secret' };
    const broker = {
      store: { epoch: () => 1 },
      takenAway: { isTaken: () => false },
      catalog: {
        view: () => ({
          epoch: 1,
          servers: new Map(),
          pinned: new Map([
            ['files', { server: 'files', tools: [{ name: 'read', definition: told }] }],
          ]),
          names: { isUnique: () => true },
        }),
      },
      decider: () => (request: object) => ({ kind: 'permit', request, epoch: 1 }),
      scrub: (value: Json) => redactArguments(value, 'full', ['hunter-2-secret']),
      serverInfo: { name: 'toolgrant', version: '0' },
    };
    const reply = await answerList('tools')(
      { era: '2025', principal: {}, request: {} } as unknown as IncomingRequest,
      broker as unknown as Answering,
    );
    expect(reply).toEqual({
      kind: 'result',
      result: {
        tools: [{ ...definition, name: 'files__read', description: 'reads with [redacted:known]' }],
      },
    });
  });
});
