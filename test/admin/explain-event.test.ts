import { describe, expect, it } from 'vitest';
import { explainEvent } from '../../src/admin/explain-event.ts';
import type { GrantDocument } from '../../src/authorize/grant-record.ts';
import { type FakeAdmin, fakeAdmin } from '../support/fakes/fake-admin.ts';
import { fileServer, record, recordOutcome, tool } from '../support/fakes/recorded.ts';

const WHEN = 'args.path.startsWith("/a/")';

const document = (members: Partial<GrantDocument> = {}): GrantDocument => ({
  id: 'a',
  subject: 'alice',
  purpose: 'testing',
  expiresAt: Date.parse('2026-12-31T00:00:00Z'),
  rules: [{ effect: 'permit', pattern: 'files/read', when: WHEN, line: 6 }],
  ...members,
});

async function put(admin: FakeAdmin, ...documents: readonly GrantDocument[]): Promise<void> {
  const changes = documents.map((each) => ({
    kind: 'put' as const,
    document: each,
    file: `grants/${each.id}.yaml`,
    event: { code: 'TG3001' as const },
  }));
  await admin.context.grants.change(changes, admin.state.now);
}

async function world(...documents: readonly GrantDocument[]): Promise<FakeAdmin> {
  const admin = fakeAdmin();
  admin.state.servers.set('files', fileServer(['read', 'write']));
  await put(admin, ...(documents.length === 0 ? [document()] : documents));
  return admin;
}

describe('explainEvent', () => {
  it('tells the rule as it was, and the condition with its recorded result, whatever was applied since', async () => {
    const admin = await world();
    const { seq } = await record(admin, tool('read'), { args: { path: '/a/x' } });
    await put(admin, document({ rules: [{ effect: 'deny', pattern: 'files/*', line: 9 }] }));
    expect(await explainEvent(admin.context, seq)).toMatchObject({
      what: 'files/read',
      reason: 'permitted',
      rule: { grant: 'a', revision: 1, file: 'grants/a.yaml', line: 6 },
      ruleText: `permit files/read when ${WHEN}`,
      conditions: [{ grant: 'a', index: 0, effect: 'permit', when: WHEN, line: 6, result: 'true' }],
      others: [],
      now: { kind: 'decided', allowed: false, reason: 'denied_by_rule', rule: { line: 9 } },
      changed: [
        `a, revision 1 -> 2: - permit files/read when ${WHEN}`,
        'a, revision 1 -> 2: + deny files/*',
      ],
      undecidable: [],
    });
  });

  it('tells of a refusal what was in the way, and the command that changes it', async () => {
    const admin = await world(document({ clients: ['desk'] }), document({ id: 'b', rules: [] }));
    const { seq } = await record(admin, tool('write'), { args: { path: '/a/x' } });
    expect(await explainEvent(admin.context, seq)).toMatchObject({
      reason: 'no_rule',
      others: [
        { id: 'a', reason: 'no_rule' },
        { id: 'b', reason: 'no_rule' },
      ],
      now: {
        allowed: false,
        remedy: ['grant', 'create', 'alice', '--permit', 'files/write', '--ttl', '8h'],
      },
      changed: [],
    });
  });

  it('tells what other grants of then say, also of those that are gone', async () => {
    const admin = await world(document(), document({ id: 'b', clients: ['desk'] }));
    const { seq } = await record(admin, tool('read'), { args: { path: '/b/x' } });
    const revoke = { kind: 'revoke', id: 'b', event: { code: 'TG3003' } } as const;
    await admin.context.grants.change([revoke], admin.state.now);
    expect(await explainEvent(admin.context, seq)).toMatchObject({
      reason: 'condition_false',
      others: [{ id: 'b', reason: 'client_not_granted', file: 'grants/b.yaml' }],
      changed: ['b is not in force any more'],
    });
  });

  it.each([
    ['a secret', { args: { path: '/a/hunter22' }, secrets: ['hunter22'] }],
    ['arguments that are not kept', { args: { path: '/a/x' }, mode: 'none' }],
  ] as const)('says undecidable where %s would be needed', async (_, wish) => {
    const admin = await world(
      document({ rules: [{ effect: 'permit', pattern: 'files/read', line: 6 }] }),
    );
    const { seq } = await record(admin, tool('read'), wish);
    await put(admin, document());
    const { reason, now, undecidable } = await explainEvent(admin.context, seq);
    const why = 'it hangs on `path`, which was not recorded whole';
    expect([reason, now, undecidable]).toEqual([
      'permitted',
      { kind: 'undecidable', words: why },
      [`what would be decided now: ${why}`],
    ]);
  });

  it('decides on a text that only looks redacted, because the log proves what was sent', async () => {
    const admin = await world();
    const { seq } = await record(admin, tool('read'), { args: { path: '/a/[redacted:key]' } });
    expect((await explainEvent(admin.context, seq)).now).toMatchObject({ allowed: true });
  });

  it('decides where the condition looks at nothing that was left out', async () => {
    const admin = await world();
    const args = { path: '/b/x', body: 'hunter22' };
    const { seq } = await record(admin, tool('read'), { args, secrets: ['hunter22'] });
    expect((await explainEvent(admin.context, seq)).now).toMatchObject({
      allowed: false,
      reason: 'condition_false',
    });
  });

  it('explains an outcome by its intent, with why the result was withheld', async () => {
    const admin = await world();
    const intent = await record(admin, tool('read'), { args: { path: '/a/x' } });
    const { seq } = recordOutcome(admin, intent, 'withheld');
    const [byOutcome, byIntent] = await Promise.all(
      [seq, intent.seq].map((each) => explainEvent(admin.context, each)),
    );
    expect(byOutcome).toEqual(byIntent);
    expect(byOutcome).toMatchObject({
      event: { seq: intent.seq },
      outcome: { seq, outcome: 'withheld', reason: 'halted' },
    });
  });

  it('says of a refusal that no grant decides that it may come again', async () => {
    const admin = await world();
    admin.state.halt = { at: 1 };
    const { seq } = await record(admin, tool('read'), { args: { path: '/a/x' } });
    expect((await explainEvent(admin.context, seq)).now).toMatchObject({ reason: 'halted' });
    admin.state.halt = undefined;
    expect(await explainEvent(admin.context, seq)).toMatchObject({
      reason: 'halted',
      now: { allowed: true },
      undecidable: ['whether it would be refused for that again, which no grant says'],
    });
  });

  it('says so where the revision that decided was not kept', async () => {
    const admin = await world();
    const { seq } = await record(admin, tool('read'), { args: { path: '/a/x' } });
    admin.state.revisions.length = 0;
    admin.state.grants.clear();
    const found = await explainEvent(admin.context, seq);
    expect([found.ruleText, found.undecidable]).toEqual([
      undefined,
      ['what grants/a.yaml:6 said: revision 1 was not kept'],
    ]);
  });

  it.each([
    [99, 'ERR_NOT_FOUND'],
    [1, 'ERR_USAGE'],
  ])('refuses event %d, of which there is no decision', async (seq, code) => {
    const admin = await world();
    await expect(explainEvent(admin.context, seq)).rejects.toMatchObject({ code });
  });

  it('changes nothing', async () => {
    const admin = await world();
    const { seq } = await record(admin, tool('read'), { args: { path: '/a/x' } });
    const before = [admin.state.epoch, admin.state.events.length];
    await explainEvent(admin.context, seq);
    expect([admin.state.epoch, admin.state.events.length]).toEqual(before);
  });
});
