import { randomInt } from 'node:crypto';
import { verifyAudit } from '../../../src/admin/verify-audit.ts';
import type { AuditEvent } from '../../../src/domain/event.ts';
import type { Home } from './home.ts';
import { HttpClient } from './http-client.ts';
import type { Served } from './processes.ts';
import { callOf, isResult } from './race.ts';

/** What is known after a broker was killed under load and another one was started. */
export interface Killed {
  /** Request ids of calls whose result a client got. */
  readonly delivered: readonly string[];
  /** Events written since the round began, the next broker's start included. */
  readonly events: readonly AuditEvent[];
  readonly verified: boolean;
  /** Calls without an outcome once the next broker runs. */
  readonly open: number;
  /** The broker that runs now. */
  readonly next: Served;
}

/** Kills a broker at a moment of chance under load, starts another, and reads the log. */
export async function killUnderLoad(
  home: Home,
  served: Served,
  options: { readonly prefix: string; readonly callers: number },
): Promise<Killed> {
  const { context } = await home.state();
  const before = (await context.events.head())?.seq ?? 0;
  const { token } = await home.open();
  const client = new HttpClient(served.port, token);
  const delivered: string[] = [];
  const killAt = randomInt(1, 6 * options.callers);
  let isKilled = false;

  async function callOn(caller: number): Promise<void> {
    for (let turn = 0; !isKilled; turn += 1) {
      const id = `${options.prefix}-${caller}-${turn}`;
      if (!isResult(await client.ask(callOf(id, 's__work', { ms: randomInt(5) })))) continue;
      delivered.push(id);
      if (delivered.length !== killAt) continue;
      // A moment of chance between two events of the broker's, not always right after an answer.
      setTimeout(() => {
        isKilled = true;
        void served.end('SIGKILL');
      }, randomInt(4));
    }
  }
  await Promise.all(Array.from({ length: options.callers }, (_, caller) => callOn(caller)));
  await served.ended;
  client.close();

  const next = await home.serve();
  const { ok, openIntents } = await verifyAudit(context, [], () => {});
  const events = await context.events.query({ afterSeq: before });
  return { delivered, events, verified: ok, open: openIntents, next };
}
