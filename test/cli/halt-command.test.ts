import { describe, expect, it } from 'vitest';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';

const NOBODY = '0 of 0 brokers, 0 ms, 0 calls cancelled\n';

describe('toolgrant halt', () => {
  it('halts with the actor and the reason, says how far the word reached, and what ends it', async () => {
    const cli = fakeCli();
    expect(await cli.run('halt', '--reason', 'an incident')).toEqual({
      code: 0,
      stdout: `halted: everything is refused\n${NOBODY}`,
      stderr: 'next: npx toolgrant halt --lift\n',
    });
    expect(cli.state.events).toMatchObject([
      { code: 'TG7001', actor: cli.context.actor, detail: { reason: 'an incident' } },
    ]);
  });

  it('halted again writes nothing, and asks brokers again', async () => {
    const cli = fakeCli();
    await cli.run('halt', '--reason', 'an incident');
    cli.state.brokers.set('ins_a', { instance: 'ins_a', pid: 7, socket: '/s', startedAt: 1 });
    cli.answers.set('ins_a', { kind: 'silent' });
    const { code, stdout } = await cli.run('halt');
    expect([code, stdout]).toEqual([
      1,
      'halted already, since 2026-11-22T12:00:00Z: an incident\n0 of 1 broker, 0 ms, 0 calls cancelled\n',
    ]);
    expect(cli.state.codes).toEqual(['TG7001']);
  });

  it('--lift ends it, and prints a stable shape with --json', async () => {
    const cli = fakeCli();
    await cli.run('halt');
    const { stdout } = await cli.run('halt', '--lift', '--json');
    expect(JSON.parse(stdout)).toEqual({
      halted: false,
      wasHalted: true,
      since: '2026-11-22T12:00:00Z',
      brokers: { reached: 0, total: 0, cancelled: 0, elapsedMs: 0, silent: [] },
    });
    expect((await cli.run('halt', '--lift')).stdout).toBe(`nothing was halted\n${NOBODY}`);
  });

  it('is what `can-i` answers with, and no session is opened', async () => {
    const cli = fakeCli();
    cli.state.grants.set('a', grantRecord({ id: 'a' }));
    await cli.run('halt');
    const asked = await cli.run('can-i', 'alice', 'files/read_file');
    expect([asked.code, asked.stdout]).toEqual([
      1,
      expect.stringContaining('an admin halted everything'),
    ]);
    expect(asked.stdout).toContain('fix: npx toolgrant halt --lift\n');
    const opened = await cli.run('session', 'open', '--subject', 'alice');
    expect(opened).toMatchObject({ code: 1, stdout: '' });
    expect(opened.stderr).toContain('error: everything is halted\nhint: ');
  });
});
