import type { Json } from '../domain/json.ts';
import { isLearnt, isUsual, type LearntOfAll, type Profile } from './profile.ts';
import type { Purpose } from './purpose.ts';
import type { SignalPart } from './signal.ts';
import type { TaintMemory } from './taint-memory.ts';
import type { ToolTraits } from './tool-traits.ts';
import { type About, DEEDS, type Families, UNDOING } from './words.ts';

/** What can be said of a call, from what its client has taken in and what its grant has learnt. */
export const PARTS = [
  /** A result spoke to the model. */
  'orders',
  /** A destination came from a result. */
  'taint',
  /** And the grant, which has learnt its destinations, does not know it. */
  'newcomer',
  /** A result told to do this. */
  'echo',
  /** What it told has nothing to do with the purpose. */
  'foreign',
  /** And it told an argument of the call that the purpose does not have. */
  'dictated',
  /** It stood behind blank lines at the beginning of a field. */
  'setoff',
  /** No session under the grant has used the tool. */
  'unlearnt',
  /** The words of the purpose do not speak of what the tool does. */
  'unasked',
  /** They do. */
  'asked',
  /** Most sessions under the grant use the tool. */
  'usual',
] as const;

/** One of them. */
export type PartName = (typeof PARTS)[number];

/** What the parts weigh. */
export type Weights = Readonly<Record<PartName, number>>;

/** By the threshold of 2 a call is held: no single part reaches it but orders to the model. */
export const DEFAULT_WEIGHTS: Weights = {
  orders: 2,
  taint: 1,
  newcomer: 0.5,
  echo: 1,
  foreign: 0.5,
  dictated: 1,
  setoff: 1,
  unlearnt: 1,
  unasked: 1,
  asked: -0.5,
  usual: -1,
};

/** A call, before it is admitted. */
export interface JudgedCall {
  /** `server/tool`. */
  readonly thing: string;
  readonly args: Json;
  readonly traits: ToolTraits;
  /** What another thing is about that was learnt. */
  readonly aboutThing: (thing: string) => About;
  readonly purpose: Purpose;
  readonly profile: Profile;
  /** Whether the profile has a destination. */
  readonly isLearntDestination: (digest: number) => boolean;
  /** Sessions under a grant before what they do not do is unusual. */
  readonly observe: number;
  /** Absent where nothing turns on it. */
  readonly all?: LearntOfAll | undefined;
}

/** What is said of a call. */
export interface Judgement {
  readonly score: number;
  readonly parts: readonly SignalPart[];
}

const NOTHING: Judgement = { score: 0, parts: [] };
/** How much of its weight a part has, by how strong it was. */
const ORDERS = [0, 0.25, 1] as const;
const TAINT = [0, 0.2, 1, 2] as const;

/**
 * Adds up what speaks for and against a call. One that neither writes nor sends anything out is not
 * judged. After orders to the model nothing speaks for a call any more: that a tool is usual is what
 * whoever wrote them would count on.
 */
export function judgeCall(
  memory: TaintMemory,
  call: JudgedCall,
  weights: Weights = DEFAULT_WEIGHTS,
): Judgement {
  const { thing, args, traits, profile, purpose, observe } = call;
  if (!traits.isWriting && !traits.isEgress) return NOTHING;
  const parts: SignalPart[] = [];
  const add = (name: PartName, share: number, by?: number): void => {
    const value = weights[name] * share;
    if (value !== 0) parts.push(by === undefined ? { name, value } : { name, value, call: by });
  };

  const { orders } = memory;
  add('orders', ORDERS[orders.what], orders.call);
  const isKnown = (digest: number): boolean =>
    purpose.destinations.has(digest) || call.isLearntDestination(digest);
  const taint = memory.taintOf(args, isKnown);
  if (taint !== undefined) {
    add('taint', TAINT[taint.what], taint.call);
    if (taint.what > 1 && isLearnt(profile, observe)) add('newcomer', 1, taint.call);
  }
  const asked = howAsked(traits, purpose.about);
  const echo = memory.echoOf(traits.about, args, purpose.about);
  // Where the person pointed to, one thing was told that fits, and this is another.
  const isOther = echo?.isForeign === true && echo.hasRival;
  // Who is told to do what a message asks for does what a message asks for.
  const isHandedOver = purpose.isDelegating && echo?.isPointed !== false && !isOther;
  const share = isHandedOver ? 0.5 : 1;
  if (echo !== undefined) {
    // What the person pointed to may say how to do what the person asked for.
    const isLent = isHandedOver || (asked === 'yes' && echo.isPointed && !isOther);
    add('echo', echo.isSetOff ? 1 : share, echo.call);
    if (echo.isSetOff) add('setoff', 1, echo.call);
    if (!isLent) {
      if (echo.isForeign) add('foreign', 1, echo.call);
      add('dictated', echo.dictated, echo.call);
    }
  }
  if (isUnlearnt(call)) add('unlearnt', surpriseOf(call));
  const isOrdered = orders.what === 2;
  if (asked === 'yes') add('asked', isOrdered ? 0 : 1);
  else if (!Object.hasOwn(profile.used, thing)) {
    const much = traits.isDestructive ? 1 : traits.isEgress ? 0.75 : 0.5;
    add('unasked', share * (asked === 'partly' ? 0.5 : 1) * much);
  }
  // That a tool is usual says nothing of where a result had it sent.
  const isElsewhere = taint !== undefined && taint.what > 1;
  if (isLearnt(profile, observe) && isUsual(thing, profile)) {
    add('usual', isOrdered || isElsewhere ? 0 : 1);
  }
  return { score: parts.reduce((sum, { value }) => sum + value, 0), parts };
}

/** Whether the sessions under a grant did not use a thing, and that says something. */
export const isUnlearnt = ({
  thing,
  profile,
  observe,
}: Pick<JudgedCall, 'thing' | 'profile' | 'observe'>): boolean =>
  isLearnt(profile, observe) && !Object.hasOwn(profile.used, thing);

/** Half for a thing of the same kind as one that was used, or that most grants use; 1 otherwise. */
function surpriseOf({ thing, traits, aboutThing, profile, all }: JudgedCall): number {
  if (all !== undefined && all.grants > 3 && (all.used.get(thing) ?? 0) / all.grants > 0.5) {
    return 0.5;
  }
  const { families } = traits.about;
  const isAlike = (other: Families): boolean => {
    const shared = other & families;
    return shared !== 0 && shared === families;
  };
  return Object.keys(profile.used).some((other) => isAlike(aboutThing(other).families)) ? 0.5 : 1;
}

/**
 * Whether a purpose speaks of what a tool does and of what it does it to. Its last word is enough where
 * that names a deed (`money`, `cart`, `message`), unless what it does is hard to take back.
 */
function howAsked({ verb, head }: ToolTraits, purpose: About): 'yes' | 'partly' | 'no' {
  const isHead = isSpokenOf(head, purpose);
  if (isSpokenOf(verb, purpose)) return isHead ? 'yes' : 'partly';
  if (!isHead || (verb.families & UNDOING) !== 0) return 'no';
  return (head.families & DEEDS) !== 0 ? 'yes' : 'partly';
}

function isSpokenOf({ families, stems }: About, purpose: About): boolean {
  if ((families & purpose.families) !== 0) return true;
  for (const one of stems) if (purpose.stems.has(one)) return true;
  return false;
}
