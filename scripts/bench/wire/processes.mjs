// What the processes themselves cost: from start to first list, memory at rest, memory after many calls. All
// sides have ten tools here, and processes of their own that have done nothing else.
import { memory as memoryOf, processorTime } from './process-figures.mjs';
import { asked, askOnce, connect, listed, median } from './rounds.mjs';
import { broker, direct, gateway } from './sides.mjs';

const TOOLS = 10;
/** Milliseconds that a process is left alone before it is looked at: it may clean up, or not. */
const REST_MS = 11_000;
/** How many of the calls are looked at alone, at their begin and at their end. */
const FEW = 1_000;

/** The sides, of ten tools each. */
const sidesOfTen = () =>
  Promise.all([
    ...[direct(), gateway()],
    ...['process', 'power'].map((durability) => broker(durability, { sizes: [TOOLS] })),
  ]);

/** Milliseconds from the start of a process to the answer of its first list, over stdio. */
async function firstList(side) {
  const scenario = listed('stdio', '2025', TOOLS);
  const began = performance.now();
  const clients = await connect(side, scenario);
  await askOnce(clients.asks[0], scenario);
  const took = performance.now() - began;
  await clients.close();
  return took;
}

const rested = () => new Promise((resume) => setTimeout(resume, REST_MS));

/** Has a side answer one list, so that whatever is made at the first one is there. */
async function answerOne(side) {
  const scenario = listed('http', '2025', TOOLS);
  const clients = await connect(side, scenario);
  await askOnce(clients.asks[0], scenario);
  await clients.close();
}

/**
 * So many calls of eight clients, the first of which are the first that the side's code answers.
 * @returns microseconds of processor time each, of the `first` thousand and of the `last`.
 */
async function callOften(side, calls) {
  const scenario = asked('http', side.eras[0], 8, 100, TOOLS);
  const clients = await connect(side, scenario);
  const costOf = async (count) => {
    const before = processorTime(clients.pid);
    let left = count;
    const callOn = async (client) => {
      while (left > 0) {
        left -= 1;
        await askOnce(client, scenario);
      }
    };
    await Promise.all(clients.asks.map(callOn));
    return before === undefined ? undefined : (processorTime(clients.pid) - before) / count;
  };
  const first = await costOf(FEW);
  if (calls > 2 * FEW) await costOf(calls - 2 * FEW);
  const last = calls < 2 * FEW ? undefined : await costOf(FEW);
  await clients.close();
  return { first, last };
}

/**
 * @returns by side, `coldStart` in milliseconds; `memory` in MB: at `rest` once it has answered, `during` the last of
 * so many calls, and at rest `after` them; and `cpu`, what of these calls cost the first and the last.
 */
export async function measureProcesses({ starts, calls, say }) {
  const sides = await sidesOfTen();
  await Promise.all(sides.map(answerOne));
  await rested();
  const rest = new Map(sides.map(({ name, pid }) => [name, memoryOf(pid)]));
  const taken = new Map(sides.map(({ name }) => [name, []]));
  for (let start = 0; start < starts; start += 1) {
    say(`start ${start + 1} of ${starts}`);
    for (const side of sides) taken.get(side.name).push(await firstList(side));
  }
  const during = new Map();
  const cpu = {};
  for (const side of sides) {
    say(`${calls} calls of ${side.name}`);
    cpu[side.name] = await callOften(side, calls);
    during.set(side.name, memoryOf(side.pid));
  }
  await rested();
  const memory = Object.fromEntries(
    sides.map(({ name, title, pid }) => [
      name,
      { title, rest: rest.get(name), during: during.get(name), after: memoryOf(pid), calls },
    ]),
  );
  await Promise.all(sides.map((side) => side.end()));
  const coldStart = Object.fromEntries([...taken].map(([name, ms]) => [name, median(ms)]));
  return { coldStart, memory, cpu };
}
