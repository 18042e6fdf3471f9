import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventBody } from '../../src/audit/chain.ts';
import { bodyOf, draftTexts } from '../../src/audit/event-text.ts';
import { storable } from '../../src/audit/storable.ts';
import type { AuditEvent, EventDraft } from '../../src/domain/event.ts';
import { rawNumber } from '../../src/domain/raw-number.ts';

type Members = Omit<AuditEvent, 'hash'>;

const place = { seq: 7, at: 9, chain: 'main', instance: 'ins_x', prev: '0' } as const;

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

const whole = fc.maxSafeInteger();
const EVERY_MEMBER = {
  actor: value,
  approval: text,
  args: value,
  argsHmac: text,
  client: text,
  clientInfo: value,
  code: text,
  conditions: value,
  decision: text,
  definitionHash: text,
  detail: value,
  durationUs: fc.double(),
  epoch: whole,
  intent: whole,
  method: text,
  outcome: text,
  prompt: text,
  reason: text,
  remote: text,
  requestId: text,
  resource: text,
  resultBytes: fc.double(),
  resultHmac: text,
  resultTypes: fc.array(text, { maxLength: 3 }),
  retryAt: fc.double(),
  revision: text,
  rule: value,
  server: text,
  session: text,
  subject: text,
  template: text,
  tool: text,
  trace: text,
  transport: text,
  wouldRefuse: text,
} satisfies Record<keyof EventDraft, fc.Arbitrary<unknown>>;

describe('the text of an event', () => {
  it('is the canonical one of what is storable of its members, whatever they hold', () => {
    const members = fc.record(EVERY_MEMBER, { requiredKeys: ['code'] });
    fc.assert(
      fc.property(members, (more) => {
        const draft = { rule: undefined, ...more } as unknown as EventDraft;
        const stored = storable({ ...draft, ...place }) as unknown as Members;
        expect(bodyOf(draftTexts(draft), place)).toBe(eventBody(stored));
      }),
    );
  });

  it('is that of what is nested too deeply as well', () => {
    let detail: unknown = 'deep';
    for (let depth = 0; depth < 70; depth += 1) detail = depth % 2 === 0 ? [detail] : { a: detail };
    const draft = { code: 'TG6001', detail } as EventDraft;
    const body = bodyOf(draftTexts(draft), place);
    expect(body).toBe(eventBody(storable({ ...draft, ...place }) as unknown as Members));
    expect(body).toContain('[nested too deeply]');
  });

  it('leaves out nothing: a member that no event has is refused', () => {
    const draft = { code: 'TG6001', surprise: 1 } as EventDraft;
    expect(() => draftTexts(draft)).toThrow('no event has a member surprise');
  });

  it.each<[string, object]>([
    ['subject', { subject: 7 }],
    ['session', { session: null }],
    ['intent', { intent: 1.5 }],
    ['epoch', { epoch: '1' }],
  ])('holds no %s of another type', (name, wrong) => {
    const draft = { code: 'TG6001', ...wrong } as EventDraft;
    expect(() => draftTexts(draft)).toThrow(`an event's ${name} has the wrong type`);
  });
});
