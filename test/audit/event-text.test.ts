import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventBody } from '../../src/audit/chain.ts';
import { bodyOf, memberTexts } from '../../src/audit/event-text.ts';
import { storable } from '../../src/audit/storable.ts';
import type { AuditEvent, EventDraft } from '../../src/domain/event.ts';
import { rawNumber } from '../../src/domain/raw-number.ts';

type Members = Omit<AuditEvent, 'hash'>;

/** Any UTF-16, lone surrogates among it. */
const text = fc.string({ unit: 'binary' });
const key = fc.oneof(text, fc.constantFrom('10', '9', '__proto__', 'toJSON', '', 'a', '\ud800'));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(text, fc.double(), fc.boolean(), fc.constantFrom(null, undefined, -0, 1e21)),
    fc.bigInt().map((digits) => rawNumber(String(digits))),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 6 }).map(Object.fromEntries),
  ),
}));

describe('the text of an event', () => {
  it('is the canonical one of what is storable of its members, whatever they hold', () => {
    const members = fc.record(
      { args: value, detail: value, requestId: text, resultBytes: fc.double(), tool: text },
      { requiredKeys: [] },
    );
    const place = { seq: 7, at: 9, chain: 'main', instance: 'ins_x', prev: '0' } as const;
    fc.assert(
      fc.property(members, (more) => {
        const draft = { code: 'TG1001', rule: undefined, ...more } as unknown as EventDraft;
        const whole = storable({ ...draft, ...place }) as unknown as Members;
        expect(bodyOf(memberTexts(draft), memberTexts(place))).toBe(eventBody(whole));
      }),
    );
  });

  it('is that of what is nested too deeply as well', () => {
    let detail: unknown = 'deep';
    for (let depth = 0; depth < 70; depth += 1) detail = depth % 2 === 0 ? [detail] : { a: detail };
    const draft = { code: 'TG6001', detail } as EventDraft;
    const body = bodyOf(memberTexts(draft), memberTexts({}));
    expect(body).toBe(eventBody(storable(draft) as unknown as Members));
    expect(body).toContain('[nested too deeply]');
  });

  it('leaves out nothing: a member that no event has is refused', () => {
    const draft = { code: 'TG6001', surprise: 1 } as EventDraft;
    expect(() => memberTexts(draft)).toThrow('no event has a member surprise');
  });
});
