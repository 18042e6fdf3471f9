// What a call costs a broker whose state holds much, beside one whose state holds ten of each.
import { asked, measure } from './rounds.mjs';
import { broker } from './sides.mjs';
import { WarmClients } from './warm-clients.mjs';

const LITTLE = { grants: 10, sessions: 10, events: 10 };
const SCENARIOS = [asked('http', '2026', 8, 100), asked('http', '2026', 1, 100)];

/** @returns `results` by scenario, of the sides `little` and `much`. */
export async function measureGrowth({ holds, warming, say, ...times }) {
  const filled = async (name, title, held) => ({
    ...(await broker('power', { sizes: [1], holds: held })),
    ...{ name, title },
  });
  const sides = [];
  say('filling a state');
  sides.push(await filled('little', 'ten of each', LITTLE));
  sides.push(await filled('much', 'much of each', holds));
  const warm = new WarmClients(warming);
  const results = {};
  for (const scenario of SCENARIOS) {
    say(`with much in the state: ${scenario.key}`);
    results[scenario.key] = await measure(sides, scenario, { warm, ...times });
  }
  await Promise.all(sides.map((side) => side.end()));
  return { results, holds };
}
