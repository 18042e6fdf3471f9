import { describe, expect, it } from 'vitest';
import { NOTHING_LEARNT, type Profile } from '../../src/monitor/profile.ts';
import { type FakeCli, fakeCli } from '../support/fakes/fake-cli.ts';
import type { MemoryMonitorStore } from '../support/fakes/memory-monitor-store.ts';

const NO_BROKERS = { reached: 0, total: 0, cancelled: 0, elapsedMs: 0, silent: [] };
const LEARNT: Profile = {
  ...NOTHING_LEARNT,
  sessions: 12,
  used: { 'github/comment': 3, 'github/search': 12 },
  destinations: [4_711, 815],
  argsBytes: 812,
  resultBytes: 60_211,
  rate: 14,
  hours: [8, 9, 10, 14],
};

const storeOf = ({ context }: FakeCli) => context.monitor as MemoryMonitorStore;

/** A CLI on a state in which something was learnt of one grant. */
function learnt(): FakeCli {
  const cli = fakeCli();
  storeOf(cli).profiles.set('alice-triage', LEARNT);
  return cli;
}

describe('toolgrant monitor learnt', () => {
  it('shows each grant, or all of one: destinations as a count, and never a digest', async () => {
    const cli = learnt();
    const all = await cli.run('monitor', 'learnt');
    expect(all.code).toBe(0);
    expect(all.stdout.split('\n')[1]).toMatch(
      /^alice-triage +12 +2 +2 +812 +60211 +14 +8-10, 14 +learning$/,
    );
    expect(all.stderr).toBe('next: npx toolgrant monitor learnt alice-triage\n');
    const one = await cli.run('monitor', 'learnt', 'alice-triage');
    expect(one.stdout).toMatch(/github\/search +12\ngithub\/comment +3\n$/);
    expect(one.stderr).toBe('next: npx toolgrant monitor freeze alice-triage\n');
    const { stdout } = await cli.run('monitor', 'learnt', '--json');
    expect(JSON.parse(stdout)).toEqual([
      { grant: 'alice-triage', ...LEARNT, destinations: 2, frozen: false },
    ]);
    expect(all.stdout + one.stdout + stdout).not.toContain('4711');
  });

  it('of nothing is an empty array, and exits with 5 for a grant of which nothing was', async () => {
    const cli = fakeCli();
    expect((await cli.run('monitor', 'learnt', '--json')).stdout).toBe('[]\n');
    for (const name of ['learnt', 'freeze', 'unfreeze']) {
      const { code, stdout, stderr } = await cli.run('monitor', name, 'nobody');
      expect([code, stdout]).toEqual([5, '']);
      expect(stderr).toContain('error: nothing was learnt of nobody\nhint: ');
    }
  });
});

describe('toolgrant monitor freeze', () => {
  it('has no more learnt, once, with its actor; unfreeze has it learnt further', async () => {
    const cli = learnt();
    const frozen = await cli.run('monitor', 'freeze', 'alice-triage', '--json');
    expect(JSON.parse(frozen.stdout)).toEqual({
      grant: 'alice-triage',
      frozen: true,
      wasSo: false,
      brokers: NO_BROKERS,
    });
    expect(frozen.stderr).toBe('next: npx toolgrant monitor unfreeze alice-triage\n');
    expect(storeOf(cli).profiles.get('alice-triage')).toEqual({ ...LEARNT, isFrozen: true });
    const again = await cli.run('monitor', 'freeze', 'alice-triage');
    expect(again.stdout).toContain('frozen already: alice-triage\n');
    await cli.run('monitor', 'unfreeze', 'alice-triage');
    expect(storeOf(cli).profiles.get('alice-triage')).toEqual(LEARNT);
    const { actor } = cli.context;
    const event = (isFrozen: boolean) => ({
      code: 'TG9004',
      actor,
      detail: { grant: 'alice-triage', frozen: isFrozen },
    });
    expect(storeOf(cli).events).toEqual([event(true), event(false)]);
  });
});
