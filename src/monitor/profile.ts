/** What sessions under one grant have done. Plain data, as it is stored. */
export interface Profile {
  /** Sessions it was learnt from. */
  readonly sessions: number;
  /** Sessions that used each thing, by `server/name`. */
  readonly used: Readonly<Record<string, number>>;
  /** UTF-8 bytes of the largest arguments and the largest result. */
  readonly argsBytes: number;
  readonly resultBytes: number;
  /** Most uses within one window. */
  readonly rate: number;
  /** Hours of the day (UTC, 0 to 23) in which something was done. */
  readonly hours: readonly number[];
}

/** What one session did, as far as nothing of it was flagged. */
export type Observed = Omit<Profile, 'sessions' | 'used'> & { readonly used: Iterable<string> };

export const NOTHING_LEARNT: Profile = {
  sessions: 0,
  used: {},
  argsBytes: 0,
  resultBytes: 0,
  rate: 0,
  hours: [],
};

/** Things remembered of one grant: those learnt first stay, so that a flood pushes nothing out. */
const MAX_USED = 512;

/** A profile with one more session in it. */
export function learnSession(before: Profile, seen: Observed): Profile {
  const used = new Map(Object.entries(before.used));
  for (const thing of seen.used) {
    if (used.has(thing) || used.size < MAX_USED) used.set(thing, (used.get(thing) ?? 0) + 1);
  }
  return {
    sessions: before.sessions + 1,
    used: Object.fromEntries(used),
    argsBytes: Math.max(before.argsBytes, seen.argsBytes),
    resultBytes: Math.max(before.resultBytes, seen.resultBytes),
    rate: Math.max(before.rate, seen.rate),
    hours: [...new Set([...before.hours, ...seen.hours])].sort((a, b) => a - b),
  };
}

/** A profile in which a thing is known that an admin approved. */
export const learnApproved = (before: Profile, thing: string): Profile =>
  Object.hasOwn(before.used, thing) || Object.keys(before.used).length >= MAX_USED
    ? before
    : { ...before, used: { ...before.used, [thing]: 1 } };

/** Whether enough sessions were seen that what they did not do says something. */
export const isLearnt = ({ sessions }: Profile, observe: number): boolean => sessions >= observe;
