// What the processes themselves cost: from start to first list, memory at rest, memory after many calls. All
// sides have ten tools here, and processes of their own that have done nothing else.
import { memory as memoryOf } from './process-figures.mjs';
import { asked, askOnce, connect, listed, median } from './rounds.mjs';
import { broker, direct, gateway } from './sides.mjs';

const TOOLS = 10;
/** Milliseconds that a process is left alone before it is looked at: it may clean up, or not. */
const REST_MS = 11_000;

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

/** So many calls of eight clients. */
async function callOften(side, calls) {
  const scenario = asked('http', side.eras[0], 8, 100, TOOLS);
  const clients = await connect(side, scenario);
  let left = calls;
  const callOn = async (client) => {
    while (left > 0) {
      left -= 1;
      await askOnce(client, scenario);
    }
  };
  await Promise.all(clients.asks.map(callOn));
  await clients.close();
}

/**
 * @returns by side, `coldStart` in milliseconds and `memory` in MB: at `rest` once it has answered, `during` the last of
 * so many calls, and at rest `after` them.
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
  for (const side of sides) {
    say(`${calls} calls of ${side.name}`);
    await callOften(side, calls);
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
  return { coldStart, memory };
}
