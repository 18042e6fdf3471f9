import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home, type Noted } from '../support/live/home.ts';
import { SessionTalk } from '../support/live/session-talk.ts';
import type { Answer } from '../support/live/stdio-client.ts';

const grant = (id: string, session: string, rules: readonly string[]) =>
  [
    `id: ${id}`,
    'subject: alice',
    'purpose: a test',
    'expires: 2099-12-31T00:00:00Z',
    `session: { ${session} }`,
    'rules:',
    ...rules.map((rule) => `  - ${rule}`),
    '',
  ].join('\n');

let at: Home;
let token: string;
let talk: SessionTalk;
const call = (name: string, more: object = {}, by = talk) =>
  by.ask('tools/call', { name: `s__${name}`, arguments: { nonce: 'n', ...more } });
const textOf = (answer: Answer | undefined) =>
  (answer?.result?.content as { readonly text: string }[] | undefined)?.[0]?.text;
const isRefused = (answer: Answer | undefined) => answer?.result?.isError === true;

beforeAll(async () => {
  at = new Home({
    grants: {
      'a.yaml': grant('a', 'maxCalls: 2', ['permit: s/echo']),
      'b.yaml': grant('b', 'maxCalls: 1', ['permit: s/echo', 'permit: s/work']),
      'c.yaml': grant('c', 'concurrent: 2', ['permit: s/hold']),
    },
  });
  await at.applyGrants();
  ({ token } = await at.open());
  talk = new SessionTalk(at.stdio(token), '2025');
  await talk.begin();
});
afterAll(() => at.remove());

describe('limits of a session', () => {
  it('are used up grant by grant, over every broker the session uses, and then say which it was', async () => {
    const other = new SessionTalk(at.stdio(token), '2025');
    await other.begin();
    const answers = [
      await call('echo'),
      await call('echo', {}, other),
      await call('echo'),
      await call('echo', {}, other),
    ];
    expect(answers.map(isRefused)).toEqual([false, false, false, true]);
    expect(textOf(answers[3])).toContain('session.maxCalls');
    await other.client.leave();
  });

  it('leave what is used up listed, and take what shares the grant with it', async () => {
    const listed = await talk.ask('tools/list');
    expect(listed?.result?.tools).toMatchObject(
      ['s__echo', 's__hold', 's__work'].map((name) => ({ name })),
    );
    expect(isRefused(await call('work'))).toBe(true);
  });

  it('say nothing of themselves about a tool that is not there', async () => {
    expect(await call('nothing')).toMatchObject({
      error: { code: -32602, message: 'Unknown tool: s__nothing' },
    });
  });

  it('let no more run at once than they say, until one has ended', async () => {
    const held = [call('hold', { nonce: 'h1' }), call('hold', { nonce: 'h2' })];
    const isHold = ({ tool }: Noted) => tool === 'hold';
    const lines = await at.noted((all) => all.filter(isHold).length === 2);
    const pid = lines.find(isHold)?.pid ?? 0;
    const third = await call('hold', { nonce: 'h3' });
    expect(textOf(third)).toContain('session.concurrent');
    process.kill(pid, 'SIGUSR2');
    expect((await Promise.all(held)).map(isRefused)).toEqual([false, false]);
    const again = call('hold', { nonce: 'h4' });
    await at.noted((lines) => lines.some(({ nonce }) => nonce === 'h4'));
    process.kill(pid, 'SIGUSR2');
    expect(isRefused(await again)).toBe(false);
  });

  it('are recorded as what they are, and reach no tool server', async () => {
    const refused = await at.events('--code', 'TG1003');
    expect(refused.map(({ tool, reason, rule }) => [tool, reason, rule?.grant])).toEqual([
      ['echo', 'session_calls_exceeded', 'a'],
      ['work', 'session_calls_exceeded', 'b'],
      ['nothing', 'no_rule', undefined],
      ['hold', 'session_concurrency_exceeded', 'c'],
    ]);
    expect(at.journal().some(({ nonce }) => nonce === 'h3')).toBe(false);
    const { stdout } = await at.run(['audit', 'verify']);
    expect(stdout).toContain('unbroken');
  });

  it('do not end with the process of a broker, and begin anew with a session', async () => {
    await talk.client.leave();
    talk = new SessionTalk(at.stdio(token), '2025');
    await talk.begin();
    expect(isRefused(await call('echo'))).toBe(true);
    const fresh = new SessionTalk(at.stdio((await at.open()).token), '2025');
    await fresh.begin();
    expect(isRefused(await call('echo', {}, fresh))).toBe(false);
  });
});
