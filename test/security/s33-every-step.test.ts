import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainSignal } from '../../src/admin/monitor-status.ts';
import { undoContainment } from '../../src/admin/monitor-undo.ts';
import type { OpenState } from '../../src/compose.ts';
import { type ComposedBroker, composeBroker } from '../../src/compose-broker.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import { DEFAULT_MONITOR, ladderWith, type Step } from '../../src/monitor/ladder.ts';
import { judgeSession, principalOf } from '../../src/session/judge-session.ts';
import { endOfCall } from '../support/live/call-composed.ts';
import { grantText, Home } from '../support/live/home.ts';

let home: Home;
let state: OpenState;
const brokers: ComposedBroker[] = [];

beforeAll(async () => {
  home = new Home({
    grants: { 'a.yaml': grantText('a', 'alice'), 'b.yaml': grantText('b', 'bob') },
  });
  await home.applyGrants();
  state = await home.state();
});
afterAll(async () => {
  for (const broker of brokers) await broker.close();
  await home.remove();
});

/** A broker that does `step` to who asks for three things in vain. */
async function doing(step: Step): Promise<ComposedBroker> {
  const ladder = ladderWith({ probing: { step, threshold: 3 } });
  const config = { ...state.config, monitor: { ...DEFAULT_MONITOR, ladder } };
  const broker = await composeBroker({ ...state, config }, '0.0.0');
  brokers.push(broker);
  return broker;
}

/** Calls a tool of `s` in a session: `done`, or the reason recorded. */
async function call(broker: ComposedBroker, id: SessionId, tool = 'echo'): Promise<string> {
  const session = state.context.sessions.find(id);
  if (session === undefined) throw new Error('no session');
  return (
    judgeSession(session, state.context.clock.now()) ??
    endOfCall(state, broker, principalOf(session), tool)
  );
}

const open = async (subject: string) => (await home.open(subject)).id as SessionId;

describe('each step', () => {
  it.each([
    ['record', 'done', 'done'],
    ['alert', 'done', 'done'],
    ['throttle', 'throttled', 'done'],
    ['hold', 'approval_needed', 'done'],
    ['refuse', 'monitor_refused', 'done'],
    ['suspend_session', 'session_suspended', 'done'],
    // What is refused is used under no grant.
    ['suspend_grant', 'session_suspended', 'done'],
  ] as const)(
    'of %s is done to its session, and recorded, explained, undone by one command',
    async (step, its, others) => {
      const broker = await doing(step);
      const [id, other, bob] = [await open('alice'), await open('alice'), await open('bob')];
      expect(await call(broker, id)).toBe('done');
      for (const name of ['x', 'y', 'z']) await call(broker, id, name);
      expect(await call(broker, id)).toBe(its);
      expect(await call(broker, other)).toBe(others);
      expect(await call(broker, bob)).toBe('done');

      const { events } = state.stores;
      const [raised] = await events.query({ code: 'TG9001', session: id });
      const found = await explainSignal(state.context, raised?.seq ?? 0);
      const said = { signal: 'probing', value: 3, threshold: 3, step };
      expect(found.raised).toMatchObject({ session: id, subject: 'alice', detail: { ...said } });
      expect(found.calls).toMatchObject([{ code: 'TG1001', session: id, tool: 'echo' }]);
      expect(found.contained !== undefined).toBe(its !== 'done');
      if (found.contained === undefined) return;
      expect(found.contained).toMatchObject({ code: 'TG9002', session: id, detail: { step } });

      await undoContainment(state.context, found.contained.seq);
      await broker.drain();
      expect(await call(broker, id)).toBe('done');
      expect(await call(broker, other)).toBe('done');
      const [undone] = await events.query({ code: 'TG9003', session: id });
      expect(undone).toMatchObject({
        actor: state.context.actor,
        detail: { undoes: found.contained.seq, signal: 'probing' },
      });
    },
  );

  it('reaches no tool server and halts nothing: those who misbehave are none of its faults', async () => {
    const { events, halts } = state.stores;
    for (const code of ['TG4006', 'TG7001', 'TG2013'] as const) {
      expect(await events.query({ code })).toEqual([]);
    }
    expect(await halts.current()).toBeUndefined();
    const suspended = await events.query({ code: 'TG2011' });
    const contained = await events.query({ code: 'TG9002' });
    const sessions = new Set(contained.map(({ session }) => session));
    expect(suspended).toHaveLength(2);
    expect(suspended.every(({ session }) => sessions.has(session))).toBe(true);
    expect(contained.map(({ subject }) => subject)).not.toContain('bob');
  });
});
