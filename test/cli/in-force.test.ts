import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../src/domain/errors.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { pinnedServer } from '../support/fakes/pinned-server.ts';
import { sessionRecord } from '../support/fakes/session-record.ts';

function withTools() {
  const cli = fakeCli();
  cli.state.servers.set('files', pinnedServer('files', ['read', 'search', 'write']));
  return cli;
}
const inForce = (stderr: string) =>
  stderr.split('\n').filter((line) => /in force now|is connected/.test(line));
const PERMIT_ALL = [{ effect: 'permit' as const, pattern: 'files/*', line: 1 }];

describe('what is in force now', () => {
  it('counts tools over all clients of a subject, and names the first and the last end', async () => {
    const cli = withTools();
    const later = cli.state.now + 7_200_000;
    cli.state.grants.set(
      'b',
      grantRecord({ id: 'b', clients: ['desk'], expiresAt: later, rules: PERMIT_ALL }),
    );
    const create = ['grant', 'create', 'alice', '--ttl', '1h', '--deny', 'files/write'];
    const { stderr } = await cli.run(...create, '--permit', '*/{read,search}');
    expect(inForce(stderr)).toEqual([
      'in force now for alice: 2 tools of files, and what github will offer, the first until 2026-11-22T13:00:00Z, the last until 2026-11-22T14:00:00Z',
    ]);
  });

  it('does not count what is taken out of the catalog', async () => {
    const cli = fakeCli();
    const [tool, ...others] = pinnedServer('files', ['read', 'write']).tools;
    if (tool === undefined) throw new Error('no tool');
    cli.state.servers.set('files', {
      ...pinnedServer('files', []),
      tools: [{ ...tool, quarantine: { reason: 'by_admin' } }, ...others],
    });
    const { stderr } = await cli.run(
      'grant',
      'create',
      'alice',
      '--ttl',
      '1h',
      '--permit',
      'files/*',
    );
    expect(inForce(stderr)).toEqual([
      'in force now for alice: 1 tool of files, until 2026-11-22T13:00:00Z',
    ]);
  });

  it('names the servers that may ask, where nothing else is given too', async () => {
    const cli = withTools();
    const create = ['grant', 'create', 'alice', '--ttl', '1h', '--permit', 'ask:files/roots'];
    const { stderr } = await cli.run(...create);
    expect(inForce(stderr)).toEqual([
      'in force now for alice: questions of files, until 2026-11-22T13:00:00Z',
    ]);
  });

  it('says after a revocation that nothing is left, and whose client may still show a list', async () => {
    const cli = withTools();
    cli.state.grants.set('a', grantRecord({ id: 'a', rules: PERMIT_ALL }));
    for (const client of ['claude-desktop', 'claude-desktop-alice', 'unknown']) {
      const session = sessionRecord({ client, subject: 'alice' });
      cli.state.sessions.set(`${session.id}${client}`, session);
    }
    const { stderr } = await cli.run('grant', 'revoke', 'a');
    expect(inForce(stderr)).toEqual([
      'in force now for alice: nothing',
      'Claude Desktop is connected and may show an older list: quit it',
    ]);
  });

  it('tells of every subject whose grants were applied, pruned ones too', async () => {
    const cli = withTools();
    cli.state.grants.set('b', grantRecord({ id: 'b', subject: 'bob', rules: PERMIT_ALL }));
    cli.files.set(
      'grants/a.yaml',
      "id: a\nsubject: alice\npurpose: x\nexpires: 2026-11-22T20:00:00Z\nrules:\n  - permit: 'files/read'\n",
    );
    const { stderr } = await cli.run('grant', 'apply', '--prune', '--yes');
    expect(inForce(stderr)).toEqual([
      'in force now for alice: 1 tool of files, until 2026-11-22T20:00:00Z',
      'in force now for bob: nothing',
    ]);
  });

  it('lets a change stand that was committed, though what is in force cannot be read', async () => {
    const cli = withTools();
    cli.state.grants.set('a', grantRecord({ id: 'a', rules: PERMIT_ALL }));

    cli.context.profiles.list = async () => {
      throw new BrokerError('ERR_STORE_FAILED', 'no disk');
    };
    const { code, stderr } = await cli.run('grant', 'revoke', 'a');
    expect(code).toBe(0);
    expect(stderr).toContain('warning: what is in force for alice cannot be read: no disk\n');
  });
});
