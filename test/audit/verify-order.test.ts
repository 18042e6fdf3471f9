import { describe, expect, it } from 'vitest';
import { OrderCheck } from '../../src/audit/verify-order.ts';
import type { AuditEvent, EventDraft } from '../../src/domain/event.ts';
import { EVENT_CODES } from '../../src/domain/event-codes.ts';
import { SAMPLE_RULE } from '../support/sqlite/sample-chain.ts';

/** Runs drafts as events 1, 2, 3 … and gives what was found: `[seq, message]`. */
function check(drafts: readonly EventDraft[]): readonly (readonly [number, string])[] {
  const found: [number, string][] = [];
  const order = new OrderCheck((seq, message) => found.push([seq, message]));
  for (const [index, draft] of drafts.entries()) {
    order.take({ ...draft, seq: index + 1 } as AuditEvent);
  }
  return found;
}

const intent: EventDraft = { code: 'TG1001', session: 'ses_a', rule: SAMPLE_RULE };
const outcome = (of: number, how: EventDraft['outcome']): EventDraft => ({
  code: 'TG1002',
  session: 'ses_a',
  intent: of,
  ...(how === undefined ? {} : { outcome: how }),
});
const grant = (code: EventDraft['code']): EventDraft => ({ code, detail: { grant: 'g' } });
const ended: EventDraft = { code: 'TG2003', session: 'ses_a' };

describe('OrderCheck', () => {
  it('accepts calls under rights that hold', () => {
    expect(
      check([grant('TG3001'), intent, outcome(2, 'ok'), intent, outcome(4, 'failed')]),
    ).toEqual([]);
  });

  it.each(['TG2003', 'TG2004'] as const)('finds an intent after %s of its session', (code) => {
    expect(check([{ ...ended, code }, intent])).toEqual([[2, expect.stringContaining('event 1')]]);
  });

  it.each(['ok', 'tool_error', 'rpc_error'] as const)(
    'finds a result released as %s after its session was revoked',
    (how) => {
      expect(check([intent, ended, outcome(1, how)])).toEqual([
        [3, expect.stringContaining('released a result')],
      ]);
    },
  );

  it.each(['withheld', 'failed', 'cancelled', 'unknown'] as const)(
    'accepts an outcome %s after the revocation',
    (how) => {
      expect(check([intent, ended, outcome(1, how)])).toEqual([]);
    },
  );

  it('finds an intent in a suspended session, and none once it is resumed', () => {
    const suspended: EventDraft = { code: 'TG2011', session: 'ses_a' };
    const resumed: EventDraft = { code: 'TG2012', session: 'ses_a' };
    expect(check([suspended, intent, resumed, intent])).toEqual([
      [2, expect.stringContaining('event 1 had suspended')],
    ]);
    expect(check([intent, suspended, outcome(1, 'ok')])).toHaveLength(1);
  });

  it('finds an intent through a revoked client, but in a session that was opened since', () => {
    const opened: EventDraft = { code: 'TG2002', session: 'ses_b', client: 'desk' };
    const revoked: EventDraft = { code: 'TG2013', client: 'desk' };
    const through: EventDraft = { ...intent, client: 'desk' };
    const later: EventDraft = { ...through, session: 'ses_b' };
    const found = check([opened, revoked, through, later, intent, opened, later]);
    expect(found.map(([seq]) => seq)).toEqual([3, 4]);
    expect(check([through, revoked, outcome(1, 'ok')])).toHaveLength(1);
  });

  it('finds an intent and a released result under a halt, and none once it is lifted', () => {
    const halt: EventDraft = { code: 'TG7001' };
    const found = check([intent, halt, intent, outcome(1, 'ok'), { code: 'TG7002' }, intent]);
    expect(found).toEqual([
      [3, expect.stringContaining('event 2 had halted')],
      [4, expect.stringContaining('event 2 had halted')],
    ]);
  });

  it('finds an intent in a session whose key was revoked, though the session was not ended', () => {
    const opened: EventDraft = { code: 'TG2002', session: 'ses_a', detail: { keyId: 'k1' } };
    const revoked: EventDraft = { code: 'TG7004', detail: { revoked: ['k0', 'k1'] } };
    expect(check([opened, intent, revoked, intent])).toEqual([
      [4, expect.stringContaining('event 3 had revoked')],
    ]);
    expect(check([{ ...opened, detail: { keyId: 'k2' } }, revoked, intent])).toEqual([]);
  });

  it('accepts what another session does after a revocation', () => {
    expect(check([ended, { ...intent, session: 'ses_b' }])).toEqual([]);
  });

  it('finds an intent under a revoked grant, also after reinstating alone', () => {
    const found = check([grant('TG3003'), intent, grant('TG3004'), intent]);
    expect(found.map(([seq]) => seq)).toEqual([2, 4]);
  });

  it('accepts an intent under a grant reinstated and applied again', () => {
    expect(check([grant('TG3003'), grant('TG3004'), grant('TG3001'), intent])).toEqual([]);
  });

  it('finds an intent under a revoked grant that was applied without reinstating', () => {
    expect(check([grant('TG3003'), grant('TG3001'), intent])).toHaveLength(1);
  });

  it('finds a result released under a revoked grant, which only the intent names', () => {
    expect(check([intent, grant('TG3003'), outcome(1, 'ok')])).toHaveLength(1);
  });

  it('finds an intent of an epoch that had passed', () => {
    const moved = { ...grant('TG3001'), epoch: 8 };
    expect(check([moved, { ...intent, epoch: 7 }])).toEqual([
      [2, expect.stringContaining('epoch 7')],
    ]);
    expect(check([moved, { ...intent, epoch: 8 }])).toEqual([]);
  });

  it.each(
    Object.keys(EVENT_CODES).filter((code) => !code.startsWith('TG1')) as EventDraft['code'][],
  )('holds calls to the epoch that %s made, if it made one', (code) => {
    const moved: EventDraft = { code, epoch: 8, session: 'ses_b' };
    const atEpoch = (epoch: number) =>
      check([moved, { ...intent, epoch }]).filter(([, what]) => what.includes('epoch'));
    expect(atEpoch(8)).toEqual([]);
    expect(atEpoch(7)).toHaveLength(1);
  });

  it('is not moved by the epoch a refusal was decided at', () => {
    const refused: EventDraft = { code: 'TG1003', epoch: 7, session: 'ses_a' };
    expect(check([{ ...grant('TG3001'), epoch: 8 }, refused, { ...intent, epoch: 8 }])).toEqual([]);
    expect(
      check([
        { ...refused, epoch: 9 },
        { ...intent, epoch: 8 },
      ]),
    ).toEqual([]);
  });

  it('finds an outcome without an intent, a second one, and one of another session', () => {
    expect(check([outcome(9, 'ok')])).toHaveLength(1);
    expect(check([intent, outcome(1, 'ok'), outcome(1, 'ok')])).toHaveLength(1);
    expect(check([intent, { ...outcome(1, 'failed'), session: 'ses_b' }])).toHaveLength(1);
  });

  const asked: EventDraft = { code: 'TG1007', session: 'ses_a', intent: 2, rule: SAMPLE_RULE };
  const answered: EventDraft = { ...asked, code: 'TG1008' };

  it('accepts a question and its answer while their call is open', () => {
    expect(check([grant('TG3001'), intent, asked, answered, outcome(2, 'ok')])).toEqual([]);
  });

  it.each([asked, answered])('accepts $code of a call that did not wait for it', (event) => {
    expect(check([grant('TG3001'), intent, outcome(2, 'ok'), event])).toEqual([]);
  });

  it.each([undefined, 3, 9])('finds a question of no earlier call (%s)', (of) => {
    const { intent: _, ...without } = asked;
    const event = { ...without, ...(of === undefined ? {} : { intent: of }) };
    expect(check([grant('TG3001'), intent, event])).toEqual([
      [3, expect.stringContaining('without an earlier intent')],
    ]);
  });

  it.each([asked, answered])('finds $code in a session that was revoked', (event) => {
    expect(check([grant('TG3001'), intent, ended, event])).toEqual([
      [4, expect.stringContaining('event 3')],
    ]);
  });
});
