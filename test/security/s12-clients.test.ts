import { afterEach, describe, expect, it } from 'vitest';
import { connectClient } from '../../src/admin/connect-client.ts';
import { Home, TOOLGRANT } from '../support/live/home.ts';
import { callOf, isResult } from '../support/live/race.ts';
import type { StdioClient } from '../support/live/stdio-client.ts';

let at: Home;
afterEach(() => at.remove());

/** A client of alice's with a profile, whose long call is at the tool server. */
async function running(): Promise<{ client: StdioClient; answer: Promise<unknown>; id: string }> {
  at = new Home();
  await at.applyGrants();
  const { context } = await at.state();
  const start = { node: process.execPath, cli: TOOLGRANT, config: at.config };
  await connectClient(context, 'claude-desktop', 'alice', start, false);
  const client = at.profile('claude-desktop');
  const answer = client.ask(callOf('held', 's__hold'));
  await at.noted((lines) => lines.some(({ kind }) => kind === 'call'));
  const [session] = await context.sessions.list();
  return { client, answer, id: session?.id ?? '' };
}

/** Whether a client that starts now gets a result. */
async function comesBack(): Promise<boolean> {
  const client = at.profile('claude-desktop');
  const answer = await client.ask(callOf(`back`, 's__echo'));
  await client.leave();
  return isResult(answer);
}

describe('S12 what is taken from a client by its profile', () => {
  it('by suspending its session reaches its call, keeps it out, and ends with resume', async () => {
    const { client, answer, id } = await running();
    const done = await at.run(['session', 'suspend', id]);
    expect([done.code, done.stdout]).toEqual([0, expect.stringContaining(' 1 call cancelled')]);
    expect(await answer).toMatchObject({ error: { code: -31003 } });
    expect(await client.running.ended).toMatchObject({ code: 1 });
    expect(await comesBack()).toBe(false);
    expect(await at.run(['session', 'resume', id])).toMatchObject({ code: 0 });
    expect(await comesBack()).toBe(true);
    const [outcome] = await at.events('--code', 'TG1002');
    expect(outcome).toMatchObject({ outcome: 'withheld', reason: 'session_suspended' });
    expect(await at.run(['audit', 'verify'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['its client', ['client', 'revoke', 'claude-desktop']],
    ['its subject', ['session', 'revoke', '--subject', 'alice']],
    ['everybody', ['session', 'revoke', '--all']],
  ])('by revoking %s reaches its call and stays so, resume or not', async (_, words) => {
    const { client, answer, id } = await running();
    const done = await at.run(words);
    expect([done.code, done.stdout]).toEqual([0, expect.stringContaining(' 1 call cancelled')]);
    expect(await answer).toMatchObject({ error: { code: -31003 } });
    expect(await client.running.ended).toMatchObject({ code: 1 });
    expect(await at.run(['session', 'resume', id])).toMatchObject({ code: 5 });
    expect(await comesBack()).toBe(false);
    expect(at.journal().filter(({ kind }) => kind === 'call')).toHaveLength(1);
    expect(await at.run(['audit', 'verify'])).toMatchObject({ code: 0 });
  });
});
