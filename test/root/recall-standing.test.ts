import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/event.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import type { Json } from '../../src/domain/json.ts';
import { recallStanding } from '../../src/recall-standing.ts';

const [MINE, OTHER] = ['ses_mine', 'ses_other'] as unknown as readonly [SessionId, SessionId];

function recalling(...of: readonly (readonly [AuditEvent['code'], SessionId, Json])[]) {
  let asked = 0;
  const events = of.map(
    ([code, session, detail], at) => ({ code, session, detail, seq: at + 1 }) as AuditEvent,
  );
  const recall = recallStanding(
    {
      async query({ code, session, afterSeq = 0, newest }) {
        asked += 1;
        const found = events.filter(
          (event) =>
            event.code === code &&
            (session === undefined || event.session === session) &&
            event.seq > afterSeq,
        );
        return newest === true ? found.reverse().slice(0, 1) : found;
      },
    },
    { now: () => 0 },
  );
  return { recall, asked: () => asked };
}

describe('what stood against a session', () => {
  it('is what was done about it and nobody undid since', async () => {
    const { recall } = recalling(
      ['TG9002', MINE, { signal: 'probing', step: 'hold' }],
      ['TG9003', MINE, { undoes: 1 }],
      ['TG9002', MINE, { signal: 'client_drift', step: 'hold' }],
      ['TG9002', OTHER, { signal: 'errors', step: 'hold' }],
    );
    expect(await recall(MINE)).toEqual(['client_drift']);
    expect(await recall(OTHER)).toEqual(['errors']);
  });

  it('is a detector that broke for good, and none that failed for a while', async () => {
    const { recall } = recalling(
      ['TG9002', MINE, { signal: 'detector_failed', step: 'hold' }],
      ['TG9002', OTHER, { signal: 'detector_failed', step: 'hold', lasting: true }],
    );
    expect(await recall(MINE)).toEqual([]);
    expect(await recall(OTHER)).toEqual(['detector_failed']);
  });

  it('is asked for once where nothing was done about anybody', async () => {
    const { recall, asked } = recalling();
    for (const session of [MINE, OTHER, MINE]) expect(await recall(session)).toEqual([]);
    expect(asked()).toBe(1);
  });
});
