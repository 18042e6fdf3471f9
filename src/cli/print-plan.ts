import type { ApplyEntry, ApplyPlan } from '../authorize/plan-apply.ts';

/** What each action is called for people. */
const WORDS: Readonly<Record<ApplyEntry['action'], string>> = {
  create: 'new',
  widen: 'wider',
  narrow: 'narrower',
  mixed: 'wider and narrower',
  same: 'same rights',
  tombstoned: 'revoked',
  'missing-file': 'no file',
  prune: 'to be revoked',
  reinstate: 'to be reinstated',
};

/** Entries somebody would want to see: those that change something, or explain why nothing does. */
export const notable = (plan: ApplyPlan): readonly ApplyEntry[] =>
  plan.entries.filter((entry) => entry.action !== 'same' || entry.put !== undefined);

/** Whether applying the plan would change nothing. */
export const isSettled = (plan: ApplyPlan): boolean =>
  plan.entries.every(
    (entry) => entry.put === undefined && entry.action !== 'prune' && entry.action !== 'reinstate',
  );

/** A plan as lines for people: each grant with its differences below. */
export const planLines = (entries: readonly ApplyEntry[]): readonly string[] =>
  entries.flatMap((entry) => [
    `${entry.id}: ${WORDS[entry.action]} (${entry.file})`,
    ...entry.differences.map((line) => `  ${line}`),
  ]);

/** The `--json` shape of one entry. */
export const entryJson = (entry: ApplyEntry) => ({
  id: entry.id,
  file: entry.file,
  action: entry.action,
  waits: entry.waits,
  differences: entry.differences,
});
