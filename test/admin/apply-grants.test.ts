import { describe, expect, it } from 'vitest';
import { applyFromDisk, applyGrants } from '../../src/admin/apply-grants.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantText } from '../support/fakes/grant-text.ts';

const wish = { mode: 'apply', prune: false, reinstate: [] } as const;
const yes = async () => true;

/** An admin whose files are applied, ready for a change of them. */
async function applied(texts: Record<string, string>) {
  const admin = fakeAdmin();
  for (const [file, text] of Object.entries(texts)) admin.files.set(file, text);
  await applyGrants(admin.context, wish, yes);
  admin.state.events.length = 0;
  return admin;
}

describe('applyGrants', () => {
  it('puts every file in force in one change, each with its event and actor', async () => {
    const { context, state, files } = fakeAdmin();
    files.set('grants/a.yaml', grantText({ id: 'a' }));
    files.set('grants/b.yaml', grantText({ id: 'b', subject: 'bob' }));
    const result = await applyGrants(context, wish, yes);
    expect([result.changed.map(({ id }) => id), result.epoch, result.isNarrowing]).toEqual([
      ['a', 'b'],
      2,
      false,
    ]);
    expect(state.events).toMatchObject([
      { code: 'TG3001', subject: 'alice', actor: context.actor, detail: { grant: 'a' } },
      { code: 'TG3001', subject: 'bob', actor: context.actor, detail: { grant: 'b' } },
    ]);
  });

  it('changes nothing when one file is invalid', async () => {
    const { context, state, files } = fakeAdmin();
    files.set('grants/a.yaml', grantText({ id: 'a' }));
    files.set('grants/b.yaml', 'id: b\n');
    await expect(applyGrants(context, wish, yes)).rejects.toMatchObject({ code: 'ERR_GRANT' });
    expect([state.grants.size, state.events.length, state.epoch]).toEqual([0, 0, 1]);
  });

  it('fails with ERR_NOT_ENFORCED for what this version would ignore', async () => {
    const { context, files } = fakeAdmin();
    const rules = ['permit: ask:files/elicitation\n    limit: 10/h'];
    files.set('grants/a.yaml', grantText({ id: 'a', rules }));
    await expect(applyGrants(context, wish, yes)).rejects.toMatchObject({
      code: 'ERR_NOT_ENFORCED',
      message: expect.stringContaining('grants/a.yaml:7'),
    });
  });

  it('fails for a trial that ends in more than seven days', async () => {
    const { context, state, files } = fakeAdmin();
    const trial = (ms: number) => {
      const until = new Date(state.now + ms).toISOString();
      return [`permit: files/*\n    limit: 10/h\n    enforce: false\n    until: ${until}`];
    };
    files.set('grants/a.yaml', grantText({ id: 'a', rules: trial(7 * 86_400_000 + 1) }));
    await expect(applyGrants(context, wish, yes)).rejects.toMatchObject({
      code: 'ERR_GRANT',
      message: 'grants/a.yaml:9:12: `until` is more than seven days from now',
    });
    files.set('grants/a.yaml', grantText({ id: 'a', rules: trial(7 * 86_400_000) }));
    await applyGrants(context, wish, yes);
    expect(state.grants.get('a')?.rules[0]?.trialUntil).toBe(state.now + 7 * 86_400_000);
  });

  it('changes nothing when the person says no', async () => {
    const { context, state, files } = fakeAdmin();
    files.set('grants/a.yaml', grantText({ id: 'a' }));
    const result = await applyGrants(context, wish, async () => false);
    expect([result.isDeclined, state.grants.size, state.events.length]).toEqual([true, 0, 0]);
  });

  it('refuses when a file changed while the difference was shown', async () => {
    const { context, state, files } = fakeAdmin();
    files.set('grants/a.yaml', grantText({ id: 'a' }));
    const rewrite = async () => {
      files.set('grants/a.yaml', grantText({ id: 'a', rules: ['permit: "**"'] }));
      return true;
    };
    await expect(applyGrants(context, wish, rewrite)).rejects.toMatchObject({ code: 'ERR_GRANT' });
    expect(state.grants.size).toBe(0);
  });

  it('writes nothing when nothing changed', async () => {
    const { context, state } = await applied({ 'grants/a.yaml': grantText({ id: 'a' }) });
    const result = await applyGrants(context, wish, yes);
    expect([result.changed, result.epoch, state.events.length, state.epoch]).toEqual([
      [],
      undefined,
      0,
      2,
    ]);
  });

  it('keeps a grant whose file is gone, and revokes it with prune', async () => {
    const { context, state, files } = await applied({ 'grants/a.yaml': grantText({ id: 'a' }) });
    files.clear();
    await applyGrants(context, wish, yes);
    expect(state.grants.get('a')?.revokedAt).toBeUndefined();
    const result = await applyGrants(context, { ...wish, prune: true }, yes);
    expect([state.grants.get('a')?.revokedAt, result.isNarrowing]).toEqual([state.now, true]);
    expect(state.codes).toEqual(['TG3003']);
  });

  it('leaves a tombstone alone, and lifts it with reinstate', async () => {
    const { context, state } = await applied({ 'grants/a.yaml': grantText({ id: 'a' }) });
    const event = { code: 'TG3003' } as const;
    await context.grants.change([{ kind: 'revoke', id: 'a', event }], state.now);
    await applyGrants(context, wish, yes);
    expect(state.grants.get('a')?.revokedAt).toBe(state.now);
    await applyGrants(context, { ...wish, reinstate: ['a'] }, yes);
    expect(state.grants.get('a')?.revokedAt).toBeUndefined();
    expect(state.codes).toEqual(['TG3003', 'TG3004', 'TG3001']);
  });

  it('fails with ERR_NOT_FOUND to reinstate what is not revoked', async () => {
    const { context } = fakeAdmin();
    await expect(applyGrants(context, { ...wish, reinstate: ['x'] }, yes)).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
  });

  it('fails with ERR_NOT_FOUND to reinstate what has no file, and lifts nothing', async () => {
    const { context, state, files } = await applied({ 'grants/a.yaml': grantText({ id: 'a' }) });
    const event = { code: 'TG3003' } as const;
    await context.grants.change([{ kind: 'revoke', id: 'a', event }], state.now);
    files.clear();
    await expect(applyGrants(context, { ...wish, reinstate: ['a'] }, yes)).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: 'a has no file to reinstate',
      hint: 'restore the file; nothing changed',
    });
    expect(state.grants.get('a')?.revokedAt).toBe(state.now);
  });

  it('is narrowing when a rule is taken away', async () => {
    const { context, state, files } = await applied({
      'grants/a.yaml': grantText({ id: 'a', rules: ['permit: files/*', 'permit: github/*'] }),
    });
    files.set('grants/a.yaml', grantText({ id: 'a', rules: ['permit: files/*'] }));
    expect((await applyGrants(context, wish, yes)).isNarrowing).toBe(true);
    expect(state.codes).toEqual(['TG3002']);
  });

  it('is narrowing when a new grant denies', async () => {
    const { context, files } = fakeAdmin();
    files.set('grants/a.yaml', grantText({ id: 'a', rules: ['deny: files/*'] }));
    expect((await applyGrants(context, wish, yes)).isNarrowing).toBe(true);
  });
});

describe('applyFromDisk', () => {
  it('applies everything at the first start', async () => {
    const { context, state, files } = fakeAdmin();
    files.set('grants/a.yaml', grantText({ id: 'a' }));
    await applyFromDisk(context, 'first-start');
    expect([...state.grants.keys()]).toEqual(['a']);
  });

  it('applies nothing that widens at a later start', async () => {
    const { context, state, files } = await applied({ 'grants/a.yaml': grantText({ id: 'a' }) });
    files.set('grants/b.yaml', grantText({ id: 'b' }));
    const result = await applyFromDisk(context, 'first-start');
    expect([[...state.grants.keys()], result.plan.entries.filter((e) => e.waits).length]).toEqual([
      ['a'],
      1,
    ]);
  });

  it('applies what narrows by itself', async () => {
    const { context, state, files } = await applied({
      'grants/a.yaml': grantText({ id: 'a', rules: ['permit: files/*', 'permit: github/*'] }),
    });
    files.set('grants/a.yaml', grantText({ id: 'a', rules: ['permit: files/*'] }));
    await applyFromDisk(context, 'auto');
    expect(state.grants.get('a')?.rules.map(({ pattern }) => pattern)).toEqual(['files/*']);
    expect(state.codes).toEqual(['TG3002']);
  });

  it('applies a smaller limit by itself, and leaves a larger one to wait', async () => {
    const limited = (limit: string) =>
      grantText({ id: 'a', rules: [`permit: files/*\n    limit: ${limit}`] });
    const { context, state, files } = await applied({ 'grants/a.yaml': limited('10/h') });
    files.set('grants/a.yaml', limited('5/h'));
    await applyFromDisk(context, 'auto');
    expect(state.grants.get('a')?.rules[0]?.rates).toEqual([{ count: 5, windowMs: 3_600_000 }]);
    files.set('grants/a.yaml', limited('6/h'));
    const { plan } = await applyFromDisk(context, 'auto');
    expect(plan.entries).toMatchObject([
      {
        action: 'widen',
        waits: true,
        differences: ['- permit files/* limit 5/h', '+ permit files/* limit 6/h'],
      },
    ]);
    expect(state.grants.get('a')?.rules[0]?.rates).toEqual([{ count: 5, windowMs: 3_600_000 }]);
  });

  it('goes on past a broken file when nobody asked', async () => {
    const { context, state, files } = await applied({
      'grants/a.yaml': grantText({ id: 'a', rules: ['permit: files/*', 'permit: github/*'] }),
    });
    files.set('grants/a.yaml', grantText({ id: 'a', rules: ['permit: files/*'] }));
    files.set('grants/b.yaml', 'nonsense');
    const result = await applyFromDisk(context, 'auto');
    expect([state.grants.get('a')?.rules.length, result.plan.problems.length > 0]).toEqual([
      1,
      true,
    ]);
  });

  it('does not start on a broken file at the first start', async () => {
    const { context, files } = fakeAdmin();
    files.set('grants/b.yaml', 'nonsense');
    await expect(applyFromDisk(context, 'first-start')).rejects.toMatchObject({
      code: 'ERR_GRANT',
    });
  });

  it('plans again when a grant is revoked meanwhile, and the tombstone wins', async () => {
    const { context, state, files } = fakeAdmin();
    files.set('grants/a.yaml', grantText({ id: 'a' }));
    let reads = 0;
    const racing = {
      ...context,
      grants: {
        ...context.grants,
        all: async () => {
          const before = await context.grants.all();
          reads += 1;
          if (reads === 1) {
            await applyGrants(context, wish, yes);
            const event = { code: 'TG3003' } as const;
            await context.grants.change([{ kind: 'revoke', id: 'a', event }], state.now);
          }
          return before;
        },
      },
    };
    await applyFromDisk(racing, 'apply');
    expect([reads, state.grants.get('a')?.revokedAt]).toEqual([2, state.now]);
  });
});
