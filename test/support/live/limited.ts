import type { AuditEvent } from '../../../src/domain/event.ts';
import { grantText, Home } from './home.ts';
import { HttpClient } from './http-client.ts';
import { type Asks, callOf } from './race.ts';
import type { Answer } from './stdio-client.ts';

/** What came of more calls than a rule's limit allows, made at once over four brokers. */
export interface LimitReport {
  readonly calls: number;
  /** Calls that reached the tool server, by its own word. */
  readonly dispatched: number;
  readonly results: number;
  /** Refusals that say of which limit, and when to try again. */
  readonly saysWhen: number;
  /** Calls that the brokers kept each other from admitting in time: refused without having been counted. */
  readonly contended: number;
  /** Refusals in the log, each or in a sum. */
  readonly refusals: number;
  /** When the first of them may be tried again, epoch milliseconds, as the log says; and the first use. */
  readonly retryAt: number | undefined;
  readonly firstUseAt: number;
  readonly exits: readonly (number | null)[];
  /** The calls alone, milliseconds. */
  readonly tookMs: number;
}

/** A home where alice may echo so often, and work as often as she likes. */
export const limitedHome = (limit: string): Home =>
  new Home({
    grants: {
      'alice.yaml': grantText('alice', 'alice', [
        `{ permit: s/echo, limit: ${limit} }`,
        'permit: s/work',
      ]),
    },
  });

/** Makes so many calls at once over two `serve` and two `stdio` brokers on one state. */
export async function callAgainstLimit(
  home: Home,
  { calls }: { readonly calls: number },
): Promise<LimitReport> {
  await home.applyGrants();
  const serves = await Promise.all([home.serve(), home.serve()]);
  const [a, b, c, d] = await Promise.all([1, 2, 3, 4].map(async () => (await home.open()).token));
  const https = [a, b].map((token, n) => new HttpClient(serves[n]?.port ?? 0, token ?? ''));
  const stdios = [home.stdio(c), home.stdio(d)];
  const brokers: readonly Asks[] = [...https, ...stdios];
  // Each broker has started its tool server before.
  for (const [n, broker] of brokers.entries()) await broker.ask(callOf(`warm-${n}`));

  const startedMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: calls }, (_, n) => brokers[n % 4]?.ask(callOf(`c${n}`, 's__echo'))),
  );
  const tookMs = performance.now() - startedMs;
  for (const client of https) client.close();
  const ends = [
    ...stdios.map((client) => client.leave()),
    ...serves.map((served) => served.end('SIGTERM')),
  ];
  const exits = (await Promise.all(ends)).map(({ code }) => code);

  const events = await home.events();
  const refused = events.filter(({ code }) => code === 'TG1003');
  const used = events.find(({ code, tool }) => code === 'TG1001' && tool === 'echo');
  return {
    calls,
    dispatched: home.journal().filter(({ kind, tool }) => kind === 'call' && tool === 'echo')
      .length,
    results: answers.filter((answer) => answer?.result && !isRefusal(answer)).length,
    saysWhen: answers.filter((answer) => isRefusal(answer) && SAYS_WHEN.test(textOf(answer)))
      .length,
    contended: answers.filter((answer) => answer?.error?.code === -32603).length,
    refusals: refused.length + summed(events),
    retryAt: refused.find(({ reason }) => reason === 'limit_reached')?.retryAt,
    firstUseAt: Math.floor((used?.at ?? 0) / 1_000),
    exits,
    tookMs,
  };
}

const SAYS_WHEN = /100\/h.*Try again from 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/;

const isRefusal = (answer: Answer | undefined): boolean => answer?.result?.isError === true;

const textOf = (answer: Answer | undefined): string =>
  (answer?.result?.content as { readonly text: string }[] | undefined)?.[0]?.text ?? '';

const summed = (events: readonly AuditEvent[]): number =>
  events
    .filter(({ code }) => code === 'TG1006')
    .reduce((sum, { detail }) => sum + ((detail as { summed?: number }).summed ?? 0), 0);
