import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { NOTHING_LEARNT, type Profile } from '../../src/monitor/profile.ts';
import { type FakeCli, fakeCli } from '../support/fakes/fake-cli.ts';
import { grantText } from '../support/fakes/grant-text.ts';
import type { MemoryMonitorStore } from '../support/fakes/memory-monitor-store.ts';
import { fileServer, record, tool } from '../support/fakes/recorded.ts';
import { sessionRecord } from '../support/fakes/session-record.ts';

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

/** Alice read under her grant, asked for three things in vain, and read again. */
async function probed(): Promise<FakeCli> {
  const cli = fakeCli();
  cli.state.servers.set('files', fileServer(['read', 'write']));
  cli.files.set('grants/a.yaml', grantText({ id: 'a', rules: ['permit: files/read'] }));
  await cli.run('grant', 'apply', '--yes');
  const args = { path: '/a' };
  await record(cli, tool('read'), { args });
  for (const name of ['write', 'x', 'y']) await record(cli, tool(name), { args });
  await record(cli, tool('read'), { args, mode: 'digest' });
  return cli;
}

describe('toolgrant monitor replay', () => {
  it('says beside what was what would be, what could not be judged, and records nothing', async () => {
    const cli = await probed();
    const before = cli.state.events.length;
    const same = await cli.run('monitor', 'replay');
    expect(same).toMatchObject({ code: 0, stdout: '2 uses of 1 sessions: 0 held, 0 refused\n' });
    const { stdout, stderr } = await cli.run('monitor', 'replay', '--set', 'probing=throttle,3');
    const lines = stdout.split('\n').map((line) => line.replace(/ {2,}/g, '  ').trim());
    expect(lines.slice(1, 3)).toEqual([
      'probing  throttle  3  0 -> 1  0 -> 1  0 -> 1',
      '2 uses of 1 sessions: 0 held, 0 -> 1 refused',
    ]);
    expect(lines[4]).toMatch(/^6 {2}\S+ {2}alice {2}files\/read {2}passed {2}refused$/);
    expect(stderr).toBe(
      'arguments of 1 uses were not recorded whole: large_arguments not judged\n' +
        'raised as they were, not judged again: data_driven, foreign_secret, orders, ended_use, detector_failed\n' +
        'next: npx toolgrant audit show 6\n',
    );
    expect(cli.state.events).toHaveLength(before);
  });

  it('prints a stable shape with --json', async () => {
    const cli = await probed();
    const set = ['--set', 'probing=3', '--set', 'probing=suspend_session'];
    const { stdout } = await cli.run('monitor', 'replay', '--since', '1h', ...set, '--json');
    expect(JSON.parse(stdout)).toEqual({
      observe: 5,
      windowMs: 60_000,
      rememberMs: 86_400_000,
      uses: 2,
      sessions: 1,
      signals: [
        {
          signal: 'probing',
          step: 'suspend_session',
          threshold: 3,
          replayed: true,
          was: { raised: 0, contained: 0, sessions: 0 },
          would: { raised: 1, contained: 1, sessions: 1 },
        },
      ],
      was: { passed: 2, held: 0, refused: 0 },
      would: { passed: 1, held: 0, refused: 1 },
      changed: [
        {
          seq: 6,
          at: '2026-11-22T12:00:00Z',
          session: 'ses_1',
          subject: 'alice',
          thing: 'files/read',
          was: 'passed',
          would: 'refused',
        },
      ],
      withoutArgs: 1,
    });
  });

  it.each([['nothing=hold'], ['probing'], ['probing='], ['probing=often'], ['probing=0']])(
    'takes no `%s`',
    async (said) => {
      expect((await fakeCli().run('monitor', 'replay', '--set', said)).code).toBe(2);
    },
  );
});

describe('toolgrant monitor status', () => {
  const WATCHED = {
    session: 'ses_1',
    subject: 'alice',
    lastAt: Date.UTC(2026, 10, 22, 11),
    uses: 14,
    refused: 3,
    scores: { probing: 3, data_driven: 2.5 },
    standing: [{ signal: 'probing', step: 'hold' }],
  };
  const live = (said?: object): FakeCli => {
    const cli = fakeCli();
    cli.state.brokers.set('ins_a', { instance: 'ins_a', pid: 7, socket: '/s', startedAt: 1 });
    if (said !== undefined) cli.watched.set('ins_a', said as Json);
    return cli;
  };

  it('shows what live brokers watch now, with scores and what stands', async () => {
    const cli = live({ sessions: [WATCHED] });
    const { stdout } = await cli.run('monitor', 'status');
    expect(stdout.split('\n')[1]).toMatch(
      /^ses_1 +alice +- +7 +14 +3 +probing 3, data_driven 2\.5 +hold \(probing\)$/,
    );
    const json = await cli.run('monitor', 'status', '--json');
    expect(JSON.parse(json.stdout)).toEqual({
      sessions: [
        {
          ...WATCHED,
          client: null,
          broker: 'ins_a',
          pid: 7,
          lastAt: '2026-11-22T11:00:00Z',
          standing: [{ signal: 'probing', step: 'hold', until: null }],
        },
      ],
      silentBrokers: [],
      signals: [],
      contained: [],
      clients: [],
      grants: [],
    });
  });

  it.each([[undefined], [{}], [{ sessions: [{ ...WATCHED, uses: 'many' }] }]])(
    'names a broker that says %j',
    async (said) => {
      const cli = live(said);
      const { code, stderr } = await cli.run('monitor', 'status');
      expect([code, stderr]).toEqual([
        0,
        'warning: the broker with pid 7 did not say what it watches\n',
      ]);
      const { stdout } = await cli.run('monitor', 'status', '--json');
      expect(JSON.parse(stdout)).toMatchObject({ sessions: [], silentBrokers: ['ins_a'] });
    },
  );

  it('says how much was learnt of each grant, in the singular where it is one', async () => {
    const cli = learnt();
    storeOf(cli).profiles.set('bob', { ...LEARNT, sessions: 1, used: { 'github/search': 1 } });
    const { stdout } = await cli.run('monitor', 'status');
    expect(stdout).toContain('alice-triage: 12 sessions learnt, 2 things\n');
    expect(stdout).toContain('bob: 1 session learnt, 1 thing\n');
  });

  it('explains what a value was added up from', async () => {
    const cli = fakeCli();
    const parts = [
      { name: 'orders', value: 2, call: 7 },
      { name: 'unasked', value: 0.5 },
    ];
    const detail = {
      signal: 'data_driven',
      value: 2.5,
      threshold: 2,
      step: 'hold',
      calls: [],
      parts,
    };
    const { seq } = cli.state.append({ code: 'TG9001', subject: 'alice', detail });
    expect((await cli.run('monitor', 'explain', String(seq))).stdout).toContain(
      'data_driven: 2.5, and 2 is a signal\n  orders 2, from event 7\n  unasked 0.5\nrecorded (hold)\n',
    );
  });

  it('tells a session that its client left from one that expired', async () => {
    const cli = fakeCli();
    const left = sessionRecord({ state: 'expired', endedAt: Date.UTC(2026, 10, 22, 11, 30) });
    cli.state.sessions.set(left.id, left);
    const detail = { signal: 'orders', value: 1, threshold: 1, step: 'record' };
    cli.state.append({ code: 'TG9001', session: left.id, subject: 'alice', detail });
    expect((await cli.run('monitor', 'status')).stdout).toMatch(/ record +ended\n/);
    const { stdout } = await cli.run('monitor', 'status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ signals: [{ sessionState: 'ended' }] });
  });
});
