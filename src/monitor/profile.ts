/** What sessions under one grant have done. Plain data, as it is stored. */
export interface Profile {
  /** Sessions it was learnt from. */
  readonly sessions: number;
  /** Sessions that used each thing, by `server/name`. */
  readonly used: Readonly<Record<string, number>>;
  /** Keyed digests of where tools that write or send were told to; the first stay, and never text. */
  readonly destinations: readonly number[];
  /** UTF-8 bytes of the largest arguments and the largest result. */
  readonly argsBytes: number;
  readonly resultBytes: number;
  /** Most uses within one window. */
  readonly rate: number;
  /** Hours of the day (UTC, 0 to 23) in which something was done. */
  readonly hours: readonly number[];
  /** An admin closed it: nothing more is learnt, and what is not in it is unusual from now on. */
  readonly isFrozen?: true;
}

/** What one session did, as far as nothing of it was flagged. */
export type Observed = Omit<Profile, 'sessions' | 'used' | 'destinations' | 'isFrozen'> & {
  readonly used: Iterable<string>;
  readonly destinations: Iterable<number>;
};

export const NOTHING_LEARNT: Profile = {
  sessions: 0,
  used: {},
  destinations: [],
  argsBytes: 0,
  resultBytes: 0,
  rate: 0,
  hours: [],
};

/** Remembered of one grant: those learnt first stay, so that a flood pushes nothing out. */
const [MAX_USED, MAX_DESTINATIONS] = [512, 2_048] as const;

/**
 * A profile with one more session in it.
 *
 * Attack: a session does a little more each time, so that what it is after is learnt. What is frozen
 * learns nothing; what was flagged never comes here.
 */
export function learnSession(before: Profile, seen: Observed): Profile {
  if (before.isFrozen === true) return before;
  const used = new Map(Object.entries(before.used));
  for (const thing of seen.used) {
    if (used.has(thing) || used.size < MAX_USED) used.set(thing, (used.get(thing) ?? 0) + 1);
  }
  return {
    sessions: before.sessions + 1,
    used: Object.fromEntries(used),
    destinations: withMore(before.destinations, seen.destinations),
    argsBytes: Math.max(before.argsBytes, seen.argsBytes),
    resultBytes: Math.max(before.resultBytes, seen.resultBytes),
    rate: Math.max(before.rate, seen.rate),
    hours: [...new Set([...before.hours, ...seen.hours])].sort((a, b) => a - b),
  };
}

/** What an admin approved: a thing, and where a call of it was told to. */
export interface Approved {
  readonly thing?: string;
  readonly destinations?: Iterable<number>;
}

/** A profile in which that is known; the same one when it was. */
export function learnApproved(before: Profile, { thing, destinations = [] }: Approved): Profile {
  if (before.isFrozen === true) return before;
  const isNew =
    thing !== undefined &&
    !Object.hasOwn(before.used, thing) &&
    Object.keys(before.used).length < MAX_USED;
  const known = withMore(before.destinations, destinations);
  if (!isNew && known === before.destinations) return before;
  return {
    ...before,
    destinations: known,
    used: isNew ? { ...before.used, [thing]: 1 } : before.used,
  };
}

/** The same array when nothing is new. */
function withMore(before: readonly number[], more: Iterable<number>): readonly number[] {
  const all = new Set(before);
  for (const digest of more) if (all.size < MAX_DESTINATIONS) all.add(digest);
  return all.size === before.length ? before : [...all];
}

/** Whether enough sessions were seen, or an admin said so, that what they did not do says something. */
export const isLearnt = ({ sessions, isFrozen }: Profile, observe: number): boolean =>
  isFrozen === true || sessions >= observe;

/** What is learnt of all grants beside one another. */
export interface LearntOfAll {
  readonly grants: number;
  /** Things, with the number of grants whose sessions used each. */
  readonly used: ReadonlyMap<string, number>;
}

/** What all profiles together say. */
export function learntOfAll(profiles: Iterable<Profile>): LearntOfAll {
  const used = new Map<string, number>();
  let grants = 0;
  for (const profile of profiles) {
    grants += 1;
    for (const thing of Object.keys(profile.used)) used.set(thing, (used.get(thing) ?? 0) + 1);
  }
  return { grants, used };
}

/** Whether most sessions under a grant used a thing. */
export const isUsual = (thing: string, { sessions, used }: Profile): boolean =>
  Object.hasOwn(used, thing) && (used[thing] ?? 0) * 2 >= sessions;
