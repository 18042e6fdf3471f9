/** What is done about a call, from the mildest. None reaches beyond the subject and its grant. */
export const STEPS = [
  'pass',
  'record',
  'alert',
  'throttle',
  'hold',
  'refuse',
  'suspend_session',
  'suspend_grant',
] as const;

/** One of them. */
export type Step = (typeof STEPS)[number];

/** A score, and what is done from it on. */
export interface Rung {
  readonly from: number;
  readonly step: Step;
}

/** The rungs of one configuration, in any order. */
export type Ladder = readonly Rung[];

/** What is done where nothing else is configured: a person decides, and no right is taken away. */
export const DEFAULT_LADDER: Ladder = [
  { from: 1, step: 'record' },
  { from: 2, step: 'hold' },
];

/** What is done at a score: the strictest of the rungs it has reached. */
export function stepAt(score: number, ladder: Ladder): Step {
  let strictest: Step = 'pass';
  for (const { from, step } of ladder) if (score >= from) strictest = stricter(strictest, step);
  return strictest;
}

/** The stricter of two steps. */
export const stricter = (one: Step, other: Step): Step =>
  STEPS.indexOf(other) > STEPS.indexOf(one) ? other : one;

/** Whether a call goes no further by itself. */
export const stops = (step: Step): boolean => STEPS.indexOf(step) >= STEPS.indexOf('hold');
