import type { GrantRecord, GrantRule } from '../../src/authorize/grant-record.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Dice } from './decision-cases.ts';
import { spentName } from './term-oracle.ts';
import { CONDITIONS, HOURS_TEXTS } from './term-texts.ts';

const CONDITION_TEXTS = [...CONDITIONS.keys()];
const ABOUT_RESOURCES = CONDITION_TEXTS.filter((text) => !/args\.(path|count)/.test(text));
const ABOUT_ITEMS = CONDITION_TEXTS.filter((text) => !text.includes('args.uri'));
const DAY = 86_400_000;

/** Terms for so many rules in a hundred: what a deny may have, and what a permit may have besides. */
export function makeTerms(
  dice: Dice,
  effect: GrantRule['effect'],
  pattern: string,
  now: number,
  percent: number,
): Partial<GrantRule> {
  if (!dice.chance(pattern.startsWith('ask:') ? 10 : percent)) return {};
  const fitting = pattern.startsWith('resource:') ? ABOUT_RESOURCES : ABOUT_ITEMS;
  const partial = {
    ...(dice.chance(50) && { when: dice.pick(dice.chance(90) ? fitting : CONDITION_TEXTS) }),
    ...(dice.chance(35) && { hours: dice.pick(HOURS_TEXTS) }),
  };
  if (effect === 'deny') return partial;
  const rates = [
    { count: 10, windowMs: 3_600_000 },
    { count: 1, windowMs: DAY },
  ] as const;
  const waitMs = dice.chance(50) && { waitMs: 60_000 };
  return {
    ...partial,
    ...(dice.chance(40) && { rates: dice.chance(50) ? rates : [dice.pick(rates)] }),
    ...(dice.chance(25) && { approval: dice.pick(['admin', 'client'] as const), ...waitMs }),
    ...(dice.chance(20) && { maxResultBytes: dice.pick([1_024, 4_096]) }),
    ...(dice.chance(30) && {
      trialUntil: now + dice.pick([-1, 0, 1, DAY, 7 * DAY - 10_000, 7 * DAY - 9_999]),
    }),
  };
}

/** Rules with a limit that are used up, and until when. */
export const makeSpentRules = (
  dice: Dice,
  grants: readonly GrantRecord[],
  now: number,
): Map<string, number> =>
  new Map(
    grants.flatMap((grant) =>
      dice
        .some(grant.rules, 50)
        .map((rule): [string, number] => [
          spentName(grant, rule),
          now + dice.pick([1, 60_000, 3_600_000, 10 * 3_600_000, 3 * DAY]),
        ]),
    ),
  );

const TYPES = { path: 'string', count: 'integer', topic: 'string' } as const;

/** An input schema; of a prompt, of texts alone. */
export function makeSchema(dice: Dice, isPrompt = false): JsonObject {
  const names = dice.chance(75) ? ['path', 'count', 'topic'] : dice.some(Object.keys(TYPES), 60);
  const type = (name: string) => (isPrompt ? 'string' : TYPES[name as keyof typeof TYPES]);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: type(name) }])),
  };
}

/** Arguments that nearly fit. */
export function makeArgs(dice: Dice): Json {
  if (dice.chance(3)) return dice.pick([null, 'path', ['/a']]);
  const odd: readonly Json[] = [null, 1.5, ['/a'], { path: '/a' }, true];
  const some = (value: Json): Json => (dice.chance(6) ? dice.pick(odd) : value);
  return {
    ...(dice.chance(85) && { path: some(dice.pick(['/a', '/a', '/a/b', 'b'])) }),
    ...(dice.chance(85) && { count: some(dice.below(4)) }),
    ...(dice.chance(30) && { topic: some('b') }),
  };
}
