import type { PinnedServer } from '../domain/catalog-record.ts';
import { compiledRule } from './compiled-rule.ts';
import type { GrantRule } from './grant-record.ts';

/**
 * Whether a rule matches something a tool server is known to have. Of resources and questions nothing
 * is known but whether there can be any: a rule that could match some counts as matching.
 */
export function meetsSomething(rule: GrantRule, known: PinnedServer): boolean {
  const { kind, glob } = compiledRule(rule);
  if (glob === undefined) return false;
  const prefix = `${known.server}/`;
  const isNamed = (items: PinnedServer['tools']) =>
    items.some(({ name }) => glob.matches(prefix + name));
  switch (kind) {
    case 'tool':
      return isNamed(known.tools);
    case 'prompt':
      return isNamed(known.prompts);
    case 'resource':
      return Object.hasOwn(known.capabilities, 'resources') && glob.canMatchUnder(prefix);
    case 'ask':
      return glob.canMatchUnder(prefix);
  }
}

/** What a rule is about, in words: `tools`. */
export const thingsOf = (rule: GrantRule): string => THINGS[compiledRule(rule).kind];

const THINGS = {
  tool: 'tools',
  prompt: 'prompts',
  resource: 'resources',
  ask: 'questions',
} as const;
