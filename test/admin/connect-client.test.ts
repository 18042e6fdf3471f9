import { describe, expect, it } from 'vitest';
import { connectClient, profileName } from '../../src/admin/connect-client.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';

const start = { node: '/n/node', cli: '/t/toolgrant.js', config: '/conf/mcp.config.json' };

describe('connectClient', () => {
  it('makes a profile with its event and an entry of absolute paths', async () => {
    const { context, state } = fakeAdmin();
    state.grants.set('a', grantRecord());
    const connected = await connectClient(context, 'claude-code', 'alice', start);
    expect(connected).toEqual({
      client: 'claude-code',
      subject: 'alice',
      profile: 'claude-code',
      wasRevoked: false,
      isGranted: true,
      entry: {
        kind: 'stdio',
        command: '/n/node',
        args: [
          '/t/toolgrant.js',
          'stdio',
          '--profile',
          'claude-code',
          '--config',
          '/conf/mcp.config.json',
        ],
      },
    });
    expect(state.profiles.get('claude-code')).toEqual({
      name: 'claude-code',
      subject: 'alice',
      createdAt: state.now,
    });
    expect(state.events).toMatchObject([
      { code: 'TG2006', subject: 'alice', client: 'claude-code', actor: context.actor },
    ]);
  });

  it('says whether a person sits at the client, anew each time, and records it', async () => {
    const { context, state } = fakeAdmin();
    const made = () => state.profiles.get('claude-code')?.isInteractive;
    await connectClient(context, 'claude-code', 'alice', start, true);
    expect([made(), state.events.at(-1)?.detail]).toEqual([
      true,
      { wasRevoked: false, interactive: true },
    ]);
    await connectClient(context, 'claude-code', 'alice', start);
    expect(made()).toBeUndefined();
  });

  it('clears a revoked mark', async () => {
    const { context, state } = fakeAdmin();
    const name = 'claude-desktop';
    state.profiles.set(name, { name, subject: 'alice', createdAt: 1, revokedAt: 2 });
    const connected = await connectClient(context, 'claude-desktop', 'alice', start);
    expect([connected.wasRevoked, state.profiles.get(name)?.revokedAt]).toEqual([true, undefined]);
  });

  it('writes no profile when the event cannot be recorded', async () => {
    const { context, state } = fakeAdmin();
    state.failsToCommit = true;
    await expect(connectClient(context, 'claude-code', 'alice', start)).rejects.toThrow();
    expect(state.profiles.size).toBe(0);
  });

  it('gives a further subject of the same client a profile of its own', async () => {
    const { context, state } = fakeAdmin();
    await connectClient(context, 'claude-code', 'alice', start);
    await connectClient(context, 'claude-code', 'bob', start);
    await connectClient(context, 'claude-code', 'alice', start);
    const owners = [...state.profiles.values()].map(({ name, subject }) => [name, subject]);
    expect(owners).toEqual([
      ['claude-code', 'alice'],
      ['claude-code-bob', 'bob'],
    ]);
  });

  it('refuses a name that belongs to another subject', async () => {
    const { context, state } = fakeAdmin();
    const name = 'claude-code-alice';
    state.profiles.set('claude-code', { name: 'claude-code', subject: 'bob', createdAt: 1 });
    state.profiles.set(name, { name, subject: 'mallory', createdAt: 1 });
    await expect(connectClient(context, 'claude-code', 'alice', start)).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
  });
});

describe('profileName', () => {
  it('keeps subjects apart that look alike once slugged', () => {
    const subjects = ['alice-b', 'alice.b', 'Alice-b', 'alice b', 'ÄÖÜ', 'x'.repeat(200)];
    const names = subjects.map((subject) => profileName('claude-code', subject));
    expect(new Set(names).size).toBe(subjects.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,47}$/);
  });
});
