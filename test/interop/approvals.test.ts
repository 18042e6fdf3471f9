import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient } from '../../src/admin/connect-client.ts';
import { connectAsked } from '../support/interop/asked-clients.ts';
import { CLIENTS } from '../support/interop/sdk-clients.ts';
import { grantText, Home, TOOLGRANT } from '../support/live/home.ts';

let at: Home;
beforeAll(async () => {
  const rule = 'permit: s/echo\n    approval: client';
  at = new Home({ grants: { 'some.yaml': grantText('some', 'alice', [rule]) } });
  await at.applyGrants();
});
afterAll(() => at?.remove());

/** An SDK client started with a profile, which says whether a person sits there. */
async function connect(kind: (typeof CLIENTS)[number], isInteractive: boolean) {
  const { context } = await at.state();
  const start = { node: process.execPath, cli: TOOLGRANT, config: at.config };
  const { entry } = await connectClient(context, 'cursor', 'alice', start, isInteractive);
  if (entry.kind !== 'stdio') throw new Error(entry.kind);
  const { command, args } = entry;
  return connectAsked(kind, { kind: 'stdio', command, args });
}

describe.each(CLIENTS)('an SDK client, %s', (kind) => {
  it('connected as interactive asks its person, and calls once that accepts', async () => {
    const client = await connect(kind, true);
    expect(await client.call('s__echo', { nonce: kind })).toBe(kind);
    const asked = client.takeAsked();
    expect(asked).toMatchObject([{ method: 'elicitation/create' }]);
    expect(asked[0]?.params.message).toContain(`"nonce": "${kind}"`);
    await client.close();
  });
});

describe('a client that was connected without saying so', () => {
  it('is not asked, whatever it can be asked', async () => {
    const client = await connect('2.x modern', false);
    expect(await client.call('s__echo', { nonce: 'x' })).toContain('needs an approval');
    expect(client.takeAsked()).toEqual([]);
    await client.close();
  });
});
