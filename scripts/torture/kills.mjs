import { Home } from '../../test/support/live/home.ts';
import { killUnderLoad } from '../../test/support/live/kill.ts';
import { progress } from './figures.mjs';

const CALLERS = 8;

/** S29: brokers killed under load. */
export async function kills(figure, { kills: count }) {
  const at = new Home();
  let served = await at.serve();
  const sums = { delivered: 0, missing: 0, unverified: 0, open: 0, unknown: 0 };
  const say = progress('S29');
  let rounds = 0;
  for (; rounds < count; rounds += 1) {
    const options = { prefix: `r${rounds}`, callers: CALLERS };
    const { delivered, events, verified, open, next } = await killUnderLoad(at, served, options);
    served = next;
    const outcomes = new Map(events.map(({ intent, outcome }) => [intent, outcome]));
    const released = new Set(
      events.filter(({ seq }) => outcomes.get(seq) === 'ok').map(({ requestId }) => requestId),
    );
    sums.delivered += delivered.length;
    sums.missing += delivered.filter((id) => !released.has(id)).length;
    sums.unverified += verified ? 0 : 1;
    sums.open += open;
    say(() => `${rounds} of ${count} kills`);
    sums.unknown += events.filter(({ outcome }) => outcome === 'unknown').length;
  }
  await served.end('SIGTERM');
  const calls = at.journal().filter(({ kind }) => kind === 'call');
  const again = calls.length - new Set(calls.map(({ nonce }) => nonce)).size;
  figure('S29', 'brokers killed under load (SIGKILL)', rounds);
  figure('S29', 'results delivered', sums.delivered);
  figure('S29', 'of them without intent and outcome in the log', sums.missing, 0);
  figure('S29', 'open calls closed as unknown by the next broker', sums.unknown);
  figure('S29', 'calls still open then', sums.open, 0);
  figure('S29', 'logs that did not verify', sums.unverified, 0);
  figure('S29', 'calls a tool server got twice', again, 0);
  await at.remove();
}
