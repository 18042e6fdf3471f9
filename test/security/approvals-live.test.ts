import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settleApproval } from '../../src/admin/settle-approval.ts';
import { grantText, Home, until } from '../support/live/home.ts';
import { SessionTalk } from '../support/live/session-talk.ts';

let at: Home;
beforeAll(async () => {
  at = new Home({
    grants: {
      'some.yaml': grantText('some', 'alice', [
        'permit: s/work\n    approval: admin\n    wait: 5m',
        'permit: s/echo\n    approval: admin',
      ]),
    },
  });
  await at.applyGrants();
});
afterAll(() => at?.remove());

/** A client of either era with a broker process of its own. */
async function talk(era: '2025' | '2026', token?: string): Promise<SessionTalk> {
  const client = new SessionTalk(at.stdio(token ?? (await at.open()).token), era);
  await client.begin();
  return client;
}

const call = (client: SessionTalk, tool: string, nonce: string) =>
  client.ask('tools/call', {
    name: `s__${tool}`,
    arguments: { nonce },
    ...(client.era === '2025' ? { _meta: { progressToken: nonce } } : {}),
  });

/** The approval a call waits for. */
const waiting = async () => {
  const { approvals, clock } = (await at.state()).context;
  return until(async () => {
    const [view] = await approvals.list({ now: clock.now(), all: false });
    return view?.approval.id;
  });
};

/** Settles it as the command does, from this process, which is none of the brokers'. */
const settle = async (id: string, as: 'approved' | 'denied') =>
  settleApproval((await at.state()).context, id, as);

const nonces = () => at.journal().flatMap(({ kind, nonce }) => (kind === 'call' ? [nonce] : []));

describe('an approval from another process than the broker of the call', () => {
  it('lets a call go on that is held open, by the command, and its client hears of it before', async () => {
    const client = await talk('2025');
    const reply = call(client, 'work', 'held-2025');
    const id = await waiting();
    expect(nonces()).toEqual([]);
    const approved = await at.run(['approvals', 'approve', id, '--yes']);
    const said = expect.stringContaining('approved: s/work');
    expect([approved.code, approved.stdout]).toEqual([0, said]);
    expect(JSON.stringify(await reply)).toContain('held-2025');
    const progress = client.told.filter(({ method }) => method === 'notifications/progress');
    expect(progress[0]?.params).toMatchObject({
      progressToken: 'held-2025',
      message: `waiting for approval ${id}`,
    });
  });

  it('lets a 2026 call go on, and ends one that is denied', async () => {
    const client = await talk('2026');
    const approved = call(client, 'work', 'held-2026');
    const settled = await settle(await waiting(), 'approved');
    expect(settled).toMatchObject({ kind: 'settled', drain: { silent: [] } });
    expect(JSON.stringify(await approved)).toContain('held-2026');
    const denied = call(client, 'work', 'denied');
    await settle(await waiting(), 'denied');
    expect(JSON.stringify(await denied)).toContain('denied it');
    expect(nonces()).not.toContain('denied');
  });

  it('outlives the kill of the broker that asked for it, and is used once of two others', async () => {
    const { token } = await at.open();
    const first = await talk('2025', token);
    await call(first, 'echo', 'once');
    await first.client.end('SIGKILL');
    await settle(await waiting(), 'approved');
    const others = await Promise.all([talk('2026', token), talk('2025', token)]);
    const racing = [...others, ...others, ...others].map((one) => call(one, 'echo', 'once'));
    const texts = (await Promise.all(racing)).map((reply) => JSON.stringify(reply));
    expect(texts.filter((text) => text.includes('needs an approval'))).toHaveLength(5);
    expect(nonces().filter((nonce) => nonce === 'once')).toHaveLength(1);
  });
});
