// Rounds: in each of them every side has its turn, in an order that moves on, and a ratio is one of two
// sides in one round. A machine that is busy with other things is so for both.
import { HttpClient } from './http-client.mjs';
import { ERA_2025, ERA_2026 } from './messages.mjs';
import { processorTime } from './process-figures.mjs';
import { StdioClient } from './stdio-client.mjs';

export const quantile = (values, q) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
};
export const median = (values) => quantile(values, 0.5);

/**
 * One thing that is asked, the same of all sides.
 * @typedef {{ key: string, face: 'http' | 'stdio', era: '2026' | '2025', clients: number,
 *   bytes?: number, tools?: number, of: number }} Scenario
 */

/** @param of how many tools the tool server has that is called: the one with a single tool costs least. */
export const asked = (face, era, clients, bytes, of = 1) => ({
  ...{ key: `${face} ${era} call ${clients} ${bytes}`, face, era, clients, bytes, of },
});
export const listed = (face, era, tools) => ({
  ...{ key: `${face} ${era} list ${tools}`, face, era, clients: 1, tools, of: tools },
});

const eraOf = ({ era }) => (era === '2026' ? ERA_2026 : ERA_2025);

/** The clients of a scenario at a side: connections over HTTP, or one process that is asked as much at once. */
export async function connect(side, scenario) {
  const { face, clients } = scenario;
  if (face === 'http') {
    // A connection that asks nothing for ten seconds is refused: sessions are there before any is dialled.
    const to = await Promise.all(
      Array.from({ length: clients }, (_, n) => side.http(scenario.of, n)),
    );
    const all = to.map((one) => new HttpClient({ ...one, era: eraOf(scenario) }));
    await Promise.all(all.map((client) => client.open()));
    return { asks: all, pid: side.pid, close: async () => all.forEach((one) => void one.close()) };
  }
  const { child, prefix } = await side.stdio(scenario.of);
  child.stderr.resume();
  const client = new StdioClient(child, eraOf(scenario), prefix);
  await client.open();
  return {
    asks: Array.from({ length: clients }, () => client),
    pid: client.pid,
    close: () => client.close(),
  };
}

/** Asks once. @throws when the answer is not as long as it must be. */
export async function askOnce(client, { bytes, tools }) {
  const body =
    tools === undefined
      ? await client.ask('tools/call', { name: 'text', arguments: { size: bytes } })
      : await client.ask('tools/list');
  const least = tools === undefined ? bytes : tools * 100;
  if (body.length < least) throw new Error(`an answer of ${body.length} bytes: ${body}`);
}

/** A turn: all clients ask without a pause, for so long, or until they asked so often. */
export async function turn({ asks, pid }, scenario, ms, calls = Number.POSITIVE_INFINITY) {
  const times = [];
  const cpuBefore = processorTime(pid);
  const began = performance.now();
  const over = began + ms;
  await Promise.all(
    asks.map(async (client) => {
      const isOver = (at) => times.length >= calls || (at >= over && times.length >= 3);
      for (let at = performance.now(); !isOver(at); ) {
        await askOnce(client, scenario);
        const now = performance.now();
        times.push(now - at);
        at = now;
      }
    }),
  );
  const tookMs = performance.now() - began;
  return {
    p50: median(times),
    p99: quantile(times, 0.99),
    rate: times.length / (tookMs / 1000),
    ...(cpuBefore === undefined ? {} : { cpu: (processorTime(pid) - cpuBefore) / times.length }),
    asked: times.length,
  };
}

/**
 * Runs the rounds of one scenario; of them all no fewer than three, but no more once `mostMs` are over.
 *
 * @param warm the clients, of processes that were warmed.
 * @param firstMs how long a side is asked the same before: what only this needs is not warm yet.
 * @returns by side, the figures of each round; a side that does not do it is not there.
 */
export async function measure(
  sides,
  scenario,
  { warm, rounds, turnMs, firstMs, mostMs = Number.POSITIVE_INFINITY, each = () => {} },
) {
  const taking = sides.filter(
    (side) =>
      side.eras.includes(scenario.era) &&
      (!side.isPeer || (scenario.face === 'http' && scenario.of === 1)),
  );
  const at = [];
  for (const side of taking) {
    const to = await warm.connect(side, scenario);
    // At once: a connection on which nothing is asked is ended after ten seconds.
    await turn(to, scenario, firstMs);
    at.push({ side, to, rounds: [] });
  }
  const over = performance.now() + mostMs;
  for (let round = 0; round < rounds && (round < 3 || performance.now() < over); round += 1) {
    each();
    for (let n = 0; n < at.length; n += 1) {
      const one = at[(n + round) % at.length];
      one.rounds.push(await turn(one.to, scenario, turnMs));
    }
  }
  await Promise.all(at.map((one) => one.to.close()));
  return Object.fromEntries(at.map((one) => [one.side.name, one.rounds]));
}

/** The median of a figure, and of its ratios to another side's in the same rounds with their quartiles. */
export function figureOf(figures, name, what) {
  const values = figures[name]?.map((round) => round[what]).filter((one) => one !== undefined);
  return values === undefined || values.length === 0 ? undefined : median(values);
}
export function ratioOf(figures, name, to, what) {
  const ours = figures[name];
  const theirs = figures[to];
  if (ours?.[0]?.[what] === undefined || theirs?.[0]?.[what] === undefined) return undefined;
  const ratios = ours.map((round, n) => round[what] / theirs[n][what]);
  return { median: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}
