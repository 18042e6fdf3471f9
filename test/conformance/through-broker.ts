import { grantText, Home } from '../support/live/home.ts';
import {
  lostThroughBroker,
  type Revision,
  runSuite,
  type Suite,
  startFixture,
} from './run-suite.ts';
import { startShim } from './shim.ts';

/** A pair that is run: the revision the conformance tool speaks and the era of the tool server. */
export interface Pair {
  readonly revision: Revision;
  /** `both`: what the broker prefers, which is 2026. */
  readonly server: 'both' | '2025';
}

/** What a pair came to. */
export interface Outcome extends Pair {
  readonly alone: Suite;
  readonly through: Suite;
  readonly lost: readonly string[];
}

/** The pairs of which the broker must lose nothing that passes without it. */
export const PAIRS: readonly Pair[] = [
  { revision: '2025-11-25', server: '2025' },
  { revision: '2025-11-25', server: 'both' },
  { revision: '2026-07-28', server: 'both' },
];

/** A grant for everything the servers have and may ask. */
export const everythingOf = (servers: readonly string[]): string =>
  grantText(
    'alice-all',
    'alice',
    servers.flatMap((server) => [
      `permit: '${server}/**'`,
      `permit: 'prompt:${server}/**'`,
      `permit: 'resource:${server}/**'`,
      `permit: 'ask:${server}/*'`,
    ]),
  );

/**
 * Runs the suites against the fixture alone and through one broker, every pair with a fixture of its own.
 *
 * A suite of which something was lost is run again, twice at most: the conformance tool waits half a second
 * for some answers, which a machine at work on other tests does not always have.
 */
export async function runPairs(pairs: readonly Pair[]): Promise<readonly Outcome[]> {
  const only = (pair: Pair) => (pair.server === 'both' ? undefined : pair.server);
  const behind = await Promise.all(pairs.map((pair) => startFixture(only(pair))));
  const names = pairs.map((_, index) => `fixture${index}`);
  const home = new Home({
    grants: { 'alice.yaml': everythingOf(names) },
    servers: () =>
      Object.fromEntries(behind.map(({ url }, index) => [names[index], { type: 'http', url }])),
  });
  try {
    await home.applyGrants();
    const { port } = await home.serve();
    return await Promise.all(
      pairs.map(async (pair, index) => {
        const { token } = await home.open();
        const shim = await startShim(port, `/mcp/${names[index]}`, token);
        const fixture = await startFixture();
        const [alone, first] = await Promise.all([
          runSuite(fixture.url, pair.revision),
          runSuite(shim.url, pair.revision),
        ]);
        await fixture.end();
        let through = first;
        for (let again = 0; again < 2; again += 1) {
          if (lostThroughBroker(alone, through).length === 0) break;
          through = await runSuite(shim.url, pair.revision);
        }
        await shim.close();
        return { ...pair, alone, through, lost: lostThroughBroker(alone, through) };
      }),
    );
  } finally {
    await home.remove();
    await Promise.all(behind.map((fixture) => fixture.end()));
  }
}
