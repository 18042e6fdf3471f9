import { parseByteSize } from './byte-size.ts';
import { compileCondition } from './cel.ts';
import { formatDuration, parseDuration } from './duration.ts';
import type { GrantRule } from './grant-record.ts';
import { type GrantFile, PERMIT_TERMS } from './grant-schema.ts';
import { parseHours } from './hours.ts';
import { parseRate } from './rate.ts';
import { kindedPattern } from './rule-kind.ts';
import { entry, type Place, placeIn, type YamlMapping, type YamlNode } from './yaml-nodes.ts';

/** Longest a call is held open for its approval, milliseconds. */
export const MAX_WAIT_MS = 10 * 60_000;

/** What is wrong with a term of a rule: `not_enforced` when only this version cannot do it. */
export interface TermProblem {
  readonly at: Place;
  readonly what: 'invalid' | 'not_enforced';
  readonly message: string;
  readonly hint?: string;
}

/** The terms of a rule that was checked. */
export function termsOf(
  rule: GrantFile['rules'][number],
): Omit<GrantRule, 'effect' | 'pattern' | 'line'> {
  const { when, hours, limit, approval, flow, until } = rule;
  const rates = (typeof limit === 'string' ? [limit] : (limit ?? [])).flatMap((text) => {
    const parsed = parseRate(text);
    return parsed.ok ? [parsed.rate] : [];
  });
  const waitMs = parseDuration(rule.wait ?? '');
  const maxResultBytes = parseByteSize(rule.maxResult ?? '');
  return {
    ...(when === undefined ? {} : { when }),
    ...(hours === undefined ? {} : { hours }),
    ...(rates.length === 0 ? {} : { rates }),
    ...(approval === undefined ? {} : { approval }),
    ...(waitMs === undefined ? {} : { waitMs }),
    ...(maxResultBytes === undefined ? {} : { maxResultBytes }),
    ...(flow === undefined ? {} : { flow }),
    ...(until === undefined ? {} : { trialUntil: Date.parse(until) }),
  };
}

/**
 * What is wrong with the terms of one rule beyond their types: what says nothing, what belongs to other
 * rules, what cannot be read. A value of another type was told already.
 */
export function termProblems(rule: YamlMapping): readonly TermProblem[] {
  const effect = rule.entries.find(({ key }) => key === 'permit' || key === 'deny');
  const about =
    effect?.value.kind === 'scalar' ? kindedPattern(String(effect.value.value)).kind : 'tool';
  const problems: TermProblem[] = [];
  for (const { key, at, value } of rule.entries) {
    if (!isTerm(key)) continue;
    if (effect?.key === 'deny' && PERMIT_TERMS.some((each) => each === key)) {
      problems.push(
        invalid(at, `\`${key}\` is of a permit, and this is a deny`, `leave it out, or \`permit\``),
      );
    } else if (about === 'ask') {
      const message = `\`${key}\` on a rule about what a tool server asks`;
      problems.push({ at, what: 'not_enforced', message });
    } else {
      problems.push(...READ[key](value, { rule, at }));
    }
  }
  return problems;
}

type Term = 'when' | 'hours' | (typeof PERMIT_TERMS)[number];

/** Where a term stands, and beside what. */
interface Beside {
  readonly rule: YamlMapping;
  readonly at: Place;
}

const isTerm = (key: string): key is Term => Object.hasOwn(READ, key);

const READ: Readonly<Record<Term, (node: YamlNode, beside: Beside) => readonly TermProblem[]>> = {
  when(node) {
    if (!isText(node) || node.value.trim() === '') return [];
    const compiled = compileCondition(node.value, undefined);
    if (compiled.ok) return [];
    const { message, hint, offset } = compiled.problem;
    return [invalid(placeIn(node, offset), `\`when\` ${message}`, hint)];
  },

  hours(node) {
    if (!isText(node)) return [];
    const parsed = parseHours(node.value);
    if (parsed.ok) return [];
    return [invalid(placeIn(node, parsed.offset), `\`hours\` ${parsed.message}`, parsed.hint)];
  },

  limit(node) {
    return (node.kind === 'list' ? node.items : [node]).flatMap((each) => {
      const parsed = isText(each) ? parseRate(each.value) : undefined;
      return parsed === undefined || parsed.ok
        ? []
        : [invalid(each.at, `\`limit\` ${parsed.message}`, RATE_HINT)];
    });
  },

  approval: () => [],

  wait(node, { rule, at }) {
    if (entry(rule, 'approval') === undefined) {
      return [invalid(at, '`wait` is for an approval, and there is none', 'add `approval: admin`')];
    }
    const ms = isText(node) ? parseDuration(node.value) : undefined;
    return ms === undefined || ms <= MAX_WAIT_MS
      ? []
      : [invalid(node.at, `\`wait\` is at most ${formatDuration(MAX_WAIT_MS)}`)];
  },

  maxResult: () => [],

  flow(_node, { rule, at }) {
    const pattern = entry(rule, 'permit')?.value;
    const { kind } = kindedPattern(pattern?.kind === 'scalar' ? String(pattern.value) : '');
    return kind === 'tool'
      ? []
      : [invalid(at, '`flow` is of tools: nothing else sends data out', 'leave it out')];
  },

  enforce(node, { rule, at }) {
    if (node.kind !== 'scalar' || typeof node.value !== 'boolean') return [];
    if (node.value) {
      return [invalid(at, '`enforce: true` is what every rule is', 'leave it out')];
    }
    const problems: TermProblem[] = [];
    if (entry(rule, 'when') === undefined && entry(rule, 'limit') === undefined) {
      const message = '`enforce: false` tries out `when` and `limit`, and there is neither';
      problems.push(invalid(at, message, 'leave it out'));
    }
    if (entry(rule, 'until') === undefined) {
      const hint = 'add `until: <instant>`, at most seven days from now';
      problems.push(invalid(at, '`enforce: false` has no end', hint));
    }
    return problems;
  },

  until(_node, { rule, at }) {
    return entry(rule, 'enforce') === undefined
      ? [invalid(at, '`until` is the end of `enforce: false`, which is missing', UNTIL_HINT)]
      : [];
  },
};

const RATE_HINT = 'a count, and `s`, `m`, `h` or `d`: 10/h, 100/d, 5/10m';
const UNTIL_HINT = 'to end the grant itself write `expires` above `rules`';

const isText = (node: YamlNode): node is YamlNode & { kind: 'scalar'; value: string } =>
  node.kind === 'scalar' && typeof node.value === 'string';

const invalid = (at: Place, message: string, hint?: string): TermProblem => ({
  at,
  what: 'invalid',
  message,
  ...(hint === undefined ? {} : { hint }),
});
