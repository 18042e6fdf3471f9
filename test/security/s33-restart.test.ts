import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { undoContainment } from '../../src/admin/monitor-undo.ts';
import type { OpenState } from '../../src/compose.ts';
import { type ComposedBroker, composeBroker } from '../../src/compose-broker.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { principalOf } from '../../src/session/judge-session.ts';
import { endOfCall } from '../support/live/call-composed.ts';
import { Home } from '../support/live/home.ts';

let home: Home;
let state: OpenState;
let principal: Principal;
const brokers: ComposedBroker[] = [];

beforeAll(async () => {
  home = new Home({ more: { monitor: { signals: { probing: { step: 'hold', threshold: 3 } } } } });
  await home.applyGrants();
  state = await home.state();
  const session = await state.context.sessions.find((await home.open()).id as never);
  if (session === undefined) throw new Error('no session');
  principal = principalOf(session);
});
afterAll(async () => {
  for (const broker of brokers) await broker.close();
  await home.remove();
});

/** A broker on the same state, as after a restart. */
async function another(): Promise<ComposedBroker> {
  const broker = await composeBroker(state, '0.0.0');
  brokers.push(broker);
  return broker;
}

const call = (broker: ComposedBroker, tool: string): Promise<string> =>
  endOfCall(state, broker, principal, tool);

describe('a session whose uses that write are held', () => {
  it('is held by the next broker as well, until an admin undoes it', async () => {
    const first = await another();
    expect(await call(first, 'echo')).toBe('done');
    for (const name of ['x', 'y', 'z']) await call(first, name);
    expect(await call(first, 'echo')).toBe('approval_needed');

    const second = await another();
    expect(await call(second, 'echo')).toBe('approval_needed');
    expect(second.watched()).toMatchObject([{ standing: [{ signal: 'probing', step: 'hold' }] }]);

    const [contained] = await state.stores.events.query({ code: 'TG9002' });
    await undoContainment(state.context, contained?.seq ?? 0);
    await second.drain();
    expect(await call(second, 'echo')).toBe('done');
    expect(await call(await another(), 'echo')).toBe('done');
  });
});
