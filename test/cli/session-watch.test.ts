import { expect, it } from 'vitest';
import type { SessionRecord } from '../../src/domain/session-record.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { sessionId, sessionRecord } from '../support/fakes/session-record.ts';

const first = sessionRecord({ id: sessionId('1'), openedAt: 1 });
const second = sessionRecord({ id: sessionId('2'), openedAt: 2 });

/** A CLI that does one step at each pause of a command that watches, and then gets the signal. */
function watching(
  steps: readonly ((cli: ReturnType<typeof fakeCli>) => void)[],
  terminal = false,
): ReturnType<typeof fakeCli> {
  const controller = new AbortController();
  let pauses = 0;
  const cli = fakeCli({
    signal: controller.signal,
    isTerminal: { stdin: terminal, stdout: terminal, stderr: terminal },
    wait: async () => {
      steps[pauses]?.(cli);
      pauses += 1;
      if (pauses > steps.length) controller.abort();
    },
  });
  for (const session of [first, second]) cli.state.sessions.set(session.id, session);
  return cli;
}

const change = (cli: ReturnType<typeof fakeCli>, more: Partial<SessionRecord>) => {
  cli.state.sessions.set(first.id, { ...first, ...more });
  cli.state.append({ code: 'TG1001', session: first.id, server: 'files', tool: 'read' });
};

const lines = (text: string): readonly string[] => text.trimEnd().split('\n');

it('prints a line for what changed and nothing for a look that found nothing new', async () => {
  const cli = watching([() => {}, (own) => change(own, { calls: 4 }), () => {}]);
  const { code, stdout } = await cli.run('session', 'list', '--watch');
  const [header, one, two, ...later] = lines(stdout);
  expect([code, header?.split(/ +/)[0], one?.slice(0, 36), two?.slice(0, 36)]).toEqual([
    0,
    'SESSION',
    first.id,
    second.id,
  ]);
  expect(later).toHaveLength(1);
  expect(later[0]).toMatch(new RegExp(`^${first.id} .* 4 .* files `));
});

it('shows a session that ended once more', async () => {
  const cli = watching([
    (own) => change(own, { state: 'revoked' }),
    (own) => own.state.append({ code: 'TG6001' }),
  ]);
  const { stdout } = await cli.run('session', 'list', '--watch', '--json');
  const states = lines(stdout)
    .map((line) => JSON.parse(line))
    .map(({ id, state }) => [id, state]);
  expect(states).toEqual([
    [first.id, 'active'],
    [second.id, 'active'],
    [first.id, 'revoked'],
  ]);
});

it('shows an expiry, which nobody records', async () => {
  const cli = watching([
    (own) => {
      own.state.now = first.expiresAt;
    },
  ]);
  const { stdout } = await cli.run('session', 'show', first.id, '--watch');
  expect(lines(stdout).filter((line) => line.startsWith('state'))).toEqual([
    'state        active',
    'state        expired',
  ]);
  expect(lines(stdout).filter((line) => line.startsWith('subject'))).toHaveLength(1);
});

it('draws anew on a terminal, and nothing a client said acts there', async () => {
  const firstUse = {
    at: 1,
    transport: 'http',
    clientName: '\u001b[2Jx',
    clientVersion: '1',
  } as const;
  const cli = watching([(own) => change(own, { firstUse })], true);
  const { stdout } = await cli.run('session', 'list', '--watch');
  const drawn = stdout.split('\u001b[H\u001b[2J');
  expect(drawn).toHaveLength(3);
  expect(drawn[2]).toContain('\\u{1b}[2Jx 1 (http)');
  expect(drawn[1]?.split('\n')[2]?.slice(0, 36)).toBe(second.id);
});

it('says by what grants a session is covered, and how else it was used', async () => {
  const cli = fakeCli();
  cli.state.grants.set('a', grantRecord({ id: 'a', purpose: 'triage' }));
  cli.state.grants.set('b', grantRecord({ id: 'b', purpose: 'other', clients: ['desk'] }));
  const use = { at: 1, transport: 'http', clientName: 'own', clientVersion: '1' } as const;
  const otherUses = [{ ...use, transport: 'stdio' as const, clientName: 'another' }];
  cli.state.sessions.set(first.id, { ...first, firstUse: use, otherUses });
  const { stdout } = await cli.run('session', 'show', first.id);
  expect(lines(stdout).filter((line) => /^(otherUse|grant) /.test(line))).toEqual([
    expect.stringMatching(/^otherUse .* stdio another 1: another client, transport$/),
    expect.stringMatching(/^grant {8}a until .*: triage$/),
  ]);
  const list = await cli.run('session', 'list');
  expect(lines(list.stdout)[1]).toMatch(/own 1 \(http\), 1 otherwise {2}triage$/);
});
