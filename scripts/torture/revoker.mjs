import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { revokeGrant } from '../../src/admin/revoke-grant.ts';
import { revokeSession } from '../../src/admin/revoke-session.ts';
import { grantText, Home } from '../../test/support/live/home.ts';
import { HttpClient } from '../../test/support/live/http-client.ts';
import { callOf, isResult, raceRevocation } from '../../test/support/live/race.ts';
import { cancellations } from './cancellations.mjs';
import { progress } from './figures.mjs';
import { judgeRaces } from './judge-races.mjs';

const PART = 'revoker';
const BROKERS = 4;
const CALLERS = 8;
/** Clients that are never revoked and keep every broker busy, and their longest pause. */
const OTHERS = 16;
const PAUSE_MS = 100;
const GRANTS_A_MINUTE = 20;

/**
 * Four busy brokers and somebody who revokes all the while, sessions and grants, each with calls in
 * flight at all four.
 */
export async function revoker(figure, { minutes }) {
  const grants = Array.from({ length: Math.ceil(minutes * GRANTS_A_MINUTE) }, (_, n) => `g${n}`);
  const at = new Home({
    grants: Object.fromEntries(
      [['stays', 'stays'], ...grants.map((id) => [id, id])].map(([id, subject]) => [
        `${id}.yaml`,
        grantText(id, subject),
      ]),
    ),
  });
  await at.applyGrants();
  const { context } = await at.state();
  const ports = [];
  for (let n = 0; n < BROKERS; n += 1) ports.push((await at.serve()).port);
  const others = await at.open('stays');
  const endMs = performance.now() + minutes * 60_000;
  const isOver = () => performance.now() > endMs;

  const seen = { passed: 0, failed: 0 };
  async function keepBusy(n) {
    const client = new HttpClient(ports[n % BROKERS], others.token);
    for (let turn = 0; !isOver(); turn += 1) {
      const answer = await client.ask(callOf(`o${n}-${turn}`, 's__echo'));
      seen[isResult(answer) ? 'passed' : 'failed'] += 1;
      await delay(randomInt(PAUSE_MS));
    }
    client.close();
  }
  const busy = Promise.all(Array.from({ length: OTHERS }, (_, n) => keepBusy(n)));

  const races = [];
  const unreached = [];
  const times = { session: [], grant: [] };
  const say = progress(PART);
  for (let round = 0; !isOver(); round += 1) {
    const grant = round % 4 === 0 ? grants.pop() : undefined;
    const what = grant === undefined ? 'session' : 'grant';
    const session = await at.open(grant ?? 'stays');
    const clients = ports.map((port) => new HttpClient(port, session.token));
    // One call at each broker that nothing but the revocation ends.
    const ids = clients.map((_, n) => `h${round}-${n}`);
    const held = clients.map((client, n) => client.ask(callOf(ids[n], 's__hold')));
    let turn = 0;
    const anyBroker = { ask: (message) => clients[turn++ % BROKERS].ask(message) };
    const race = await raceRevocation(anyBroker, {
      prefix: `r${round}`,
      callers: CALLERS,
      async revoke() {
        const beganMs = performance.now();
        const { drain } =
          grant === undefined
            ? await revokeSession(context, session.id)
            : await revokeGrant(context, grant);
        times[what].push(performance.now() - beganMs);
        if (drain.reached !== BROKERS || drain.silent.length > 0) unreached.push(drain);
      },
    });
    await Promise.all(held);
    for (const client of clients) client.close();
    races.push({ revoked: grant ?? session.id, held: ids, race });
    say(
      () => `${races.length} revocations, ${Math.round((endMs - performance.now()) / 1000)} s left`,
    );
  }
  await busy;

  figure(PART, 'minutes', minutes);
  figure(PART, 'calls of clients that are not revoked', seen.passed + seen.failed);
  const contended = await refusedForContention(context, others.id);
  figure(PART, 'of them refused for contention', contended);
  figure(PART, 'of them otherwise without a result', seen.failed - contended, 0);
  figure(PART, 'revocations that did not reach all four brokers', unreached.length, 0);
  const { uncancelled, times: cancelled } = await cancellations(at, races);
  figure(PART, 'held calls at the tool server that were not cancelled', uncancelled, 0);
  await judgeRaces(figure, PART, {
    ...{ at, races, callers: CALLERS + BROKERS },
    times: {
      'from commit to cancelled at the tool server': cancelled,
      'session revoke, from asking to returned': times.session,
      'grant revoke, its file marked': times.grant,
    },
  });
  await at.remove();
}

/** Calls of a session that were refused because the store was busy: nothing of them was lost. */
async function refusedForContention(context, session) {
  return (await context.events.query({ session, reason: 'store_contended' })).length;
}
