// What is aimed at, as ratios in one run, and what was measured of it.
import { asked, figureOf, listed, ratioOf } from './rounds.mjs';

const ONE = 100;
const LARGE = 1_000_000;

/**
 * One target: a figure of a side, in a scenario, and how large its ratio to other sides may be (`atMost`) or must be (`atLeast`).
 * @typedef {{ title: string, scenario: object, what: string, of: string, atMost?: object, atLeast?: object }} Target
 */
const call = (face, era, clients, bytes = ONE) => asked(face, era, clients, bytes);
const http = (era) => [
  {
    title: 'CPU per call, 8 clients',
    ...{ scenario: call('http', era, 8), what: 'cpu', of: 'power' },
    atMost: { direct: 0.45, gateway: 0.3 },
  },
  {
    title: 'calls/s, 32 clients',
    ...{ scenario: call('http', era, 32), what: 'rate', of: 'power' },
    atLeast: { direct: 2, gateway: 3.5 },
  },
  {
    title: 'p50, 1 client, process-safe',
    ...{ scenario: call('http', era, 1), what: 'p50', of: 'process' },
    atMost: { direct: 0.9 },
  },
  {
    title: 'p99, 32 clients',
    ...{ scenario: call('http', era, 32), what: 'p99', of: 'power' },
    atMost: { gateway: 0.5 },
  },
  {
    title: '1 MB result, p50',
    ...{ scenario: call('http', era, 1, LARGE), what: 'p50', of: 'power' },
    atMost: { direct: 1.3 },
  },
  {
    title: 'list of 1,000 granted tools, p50',
    ...{ scenario: listed('http', era, 1000), what: 'p50', of: 'power' },
    atMost: { direct: 0.6 },
  },
];
const stdio = (era) => [
  {
    title: 'CPU per call, 8 in flight',
    ...{ scenario: call('stdio', era, 8), what: 'cpu', of: 'power' },
    atMost: { direct: 3 },
  },
];

/** @type {readonly Target[]} */
export const TARGETS = [...http('2026'), ...http('2025'), ...stdio('2026'), ...stdio('2025')];

const times = (value) => `${value.toFixed(2)} ×`;

/** Rows of the table, of what was measured: what, aimed at, seen, whether it is met. */
export function judged(results, fsyncMs) {
  return [
    ...judgedRatios(results),
    ...['2026', '2025'].flatMap((era) => ofSync(era, results, fsyncMs)),
  ];
}

function judgedRatios(results) {
  return TARGETS.flatMap(({ title, scenario, what, of, atMost, atLeast }) =>
    Object.entries(atMost ?? atLeast).flatMap(([to, bound]) => {
      const figures = results[scenario.key];
      const seen = figures === undefined ? undefined : ratioOf(figures, of, to, what);
      if (seen === undefined) return [];
      const isMet = atMost === undefined ? seen.median >= bound : seen.median <= bound;
      return {
        what: `${scenario.face} ${scenario.era}: ${title}`,
        target: `${atMost === undefined ? 'at least' : 'at most'} ${bound} × ${to}`,
        seen: `${times(seen.median)} (${seen.low.toFixed(2)}–${seen.high.toFixed(2)})`,
        isMet,
      };
    }),
  );
}

/** What a durable record may cost a lone client: the two syncs that it waits for. */
function ofSync(era, results, fsyncMs) {
  const figures = results[call('http', era, 1).key];
  if (figures === undefined) return [];
  const ours = figureOf(figures, 'power', 'p50');
  const bound = figureOf(figures, 'direct', 'p50') + 2 * fsyncMs;
  return [
    {
      what: `http ${era}: p50, 1 client, power-safe`,
      target: `at most direct + 2 × fdatasync = ${bound.toFixed(2)} ms`,
      seen: `${ours.toFixed(2)} ms`,
      isMet: ours <= bound,
    },
  ];
}

const FEW_CALLS = 20_000;

/** Rows of what is measured of a process itself: at rest, after calls, from its start. */
export function judgedOfProcess({ coldStart, memory }) {
  const rows = [];
  const row = (what, target, seen, isMet) => rows.push({ what, target, seen, isMet });
  const cold = coldStart.power / coldStart.direct;
  row('stdio: cold start to first list', 'at most 1.5 × direct', times(cold), cold <= 1.5);
  const { power, direct } = memory;
  if (power?.rest !== undefined && direct?.rest !== undefined) {
    const rest = power.rest / direct.rest;
    row('http: memory at rest', 'at most 1 × direct', times(rest), rest <= 1);
    const grown = power.after - power.rest;
    const theirs = direct.after - direct.rest;
    const seen = `${grown.toFixed(0)} MB (direct: ${theirs.toFixed(0)})`;
    const title = `http: memory after ${power.calls.toLocaleString('en')} calls`;
    // A few calls say nothing: a heap grows before it is cleaned.
    if (power.calls >= FEW_CALLS) row(title, 'at most 20 MB above rest', seen, grown <= 20);
  }
  return rows;
}

const GROWN = [
  ['CPU per call, 8 clients', call('http', '2026', 8), 'cpu'],
  ['p50, 1 client', call('http', '2026', 1), 'p50'],
];

/** Rows of what a state costs that has much in it, beside one that has little. */
export function judgedOfGrowth({ results, holds }) {
  const { grants, sessions, events } = holds;
  const [ofGrants, ofSessions, ofEvents] = [grants, sessions, events].map((one) =>
    one.toLocaleString('en'),
  );
  return GROWN.flatMap(([title, { key }, what]) => {
    const seen =
      results[key] === undefined ? undefined : ratioOf(results[key], 'much', 'little', what);
    if (seen === undefined) return [];
    return [
      {
        what: `http 2026: ${title}, ${ofGrants} grants, ${ofSessions} sessions, ${ofEvents} events`,
        target: 'at most 2 × with ten of each',
        seen: `${times(seen.median)} (${seen.low.toFixed(2)}–${seen.high.toFixed(2)})`,
        isMet: seen.median <= 2,
      },
    ];
  });
}
