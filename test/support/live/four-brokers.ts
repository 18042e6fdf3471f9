import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditEvent } from '../../../src/domain/event.ts';
import { type Home, until } from './home.ts';
import { HttpClient } from './http-client.ts';
import { type Asks, callOf } from './race.ts';
import type { Answer } from './stdio-client.ts';

/** One `session revoke --json` under load. */
export interface RevokedUnderLoad {
  readonly session: string;
  readonly code: number | null;
  readonly brokers: {
    readonly reached: number;
    readonly total: number;
    readonly elapsedMs: number;
    readonly silent: readonly unknown[];
  };
  /** The whole command, start of the process included, milliseconds. */
  readonly tookMs: number;
}

/** What came of a load over four brokers. */
export interface LoadReport {
  readonly answered: number;
  /** Calls that got no result. */
  readonly failed: readonly { readonly id: string; readonly answer: Answer | undefined }[];
  readonly revoked: readonly RevokedUnderLoad[];
  /** Exit codes of the four brokers. */
  readonly exits: readonly (number | null)[];
  /** The load alone, milliseconds. */
  readonly tookMs: number;
  readonly events: readonly AuditEvent[];
}

/**
 * Has clients call over two `serve` and two `stdio` brokers on one state, and revokes other sessions
 * from the shell meanwhile.
 */
export async function loadFourBrokers(
  home: Home,
  options: {
    readonly clients: number;
    readonly callsEach: number;
    readonly revocations: number;
    /** Longest pause of a client between two calls, milliseconds; half of it on average. None: 0. */
    readonly pauseMs: number;
  },
): Promise<LoadReport> {
  await home.applyGrants();
  const serves = await Promise.all([home.serve(), home.serve()]);
  const own = await Promise.all([1, 2, 3, 4].map(() => home.open()));
  const spare = await Promise.all(Array.from({ length: options.revocations }, () => home.open()));
  const tokenOf = (n: number): string => own[n]?.token ?? '';
  const https = serves.map(({ port }, n) => new HttpClient(port, tokenOf(n)));
  const stdios = [home.stdio(tokenOf(2)), home.stdio(tokenOf(3))];
  const brokers: readonly Asks[] = [...https, ...stdios];
  // Each broker has started its tool server before the load begins.
  for (const [n, broker] of brokers.entries()) await broker.ask(callOf(`warm-${n}`, 's__echo'));

  let answered = 0;
  const failed: { id: string; answer: Answer | undefined }[] = [];
  const startedMs = performance.now();
  async function callOn(broker: Asks, name: string): Promise<void> {
    for (let turn = 0; turn < options.callsEach; turn += 1) {
      const id = `${name}-${turn}`;
      const answer = await broker.ask(callOf(id, 's__echo'));
      answered += 1;
      if (answer?.result === undefined) failed.push({ id, answer });
      if (options.pauseMs > 0) await delay(randomInt(options.pauseMs));
    }
  }
  const load = Promise.all(
    Array.from({ length: options.clients }, (_, n) => callOn(brokers[n % 4] as Asks, `c${n}`)),
  ).then(() => performance.now() - startedMs);
  const isUnderWay = () => (answered >= options.clients ? true : undefined);
  const revoking = until(isUnderWay).then(async () => {
    const revoked: RevokedUnderLoad[] = [];
    for (const { id } of spare) {
      const beganMs = performance.now();
      const { code, stdout } = await home.run(['session', 'revoke', id, '--json']);
      const { brokers: reached } = JSON.parse(stdout) as Pick<RevokedUnderLoad, 'brokers'>;
      const tookMs = performance.now() - beganMs;
      revoked.push({ session: id, code, brokers: reached, tookMs });
    }
    return revoked;
  });
  const tookMs = await load;
  const revoked = await revoking;

  for (const client of https) client.close();
  const ends = [
    ...stdios.map((client) => client.leave()),
    ...serves.map((served) => served.end('SIGTERM')),
  ];
  const exits = (await Promise.all(ends)).map(({ code }) => code);
  return { answered, failed, revoked, exits, tookMs, events: await home.events() };
}
