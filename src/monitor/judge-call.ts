import type { Json } from '../domain/json.ts';
import {
  isUsual,
  type LearntOfAll,
  type LearntSet,
  SESSIONS_TO_LEARN,
  surpriseOf,
} from './learnt-set.ts';
import type { TaintMemory } from './taint-memory.ts';
import type { ToolTraits } from './tool-traits.ts';
import type { About } from './words.ts';

/** What can be said of a call, from what its session has taken in and what its purpose has learnt. */
export const SIGNALS = [
  /** A result spoke to the model. */
  'orders',
  /** A destination came from a result. */
  'taint',
  /** And the purpose, which has learnt its destinations, does not know it. */
  'newcomer',
  /** A result told to do this. */
  'echo',
  /** What it told has nothing to do with the purpose. */
  'foreign',
  /** It stood behind blank lines at the beginning of a field. */
  'setoff',
  /** The purpose has never used the tool. */
  'unlearnt',
  /** The words of the purpose do not speak of what the tool does. */
  'unasked',
  /** They do. */
  'asked',
  /** Most sessions of the purpose use the tool. */
  'usual',
] as const;

/** One of them. */
export type SignalName = (typeof SIGNALS)[number];

/** A signal that was seen. */
export interface Signal {
  readonly name: SignalName;
  /** What it adds to the score; below zero for what speaks for a call. */
  readonly value: number;
  /** The earlier call it rests on, as the session counts. */
  readonly call?: number;
}

/** What the signals weigh. */
export type Weights = Readonly<Record<SignalName, number>>;

/** The score from which a call is held: no single signal reaches it but orders to the model. */
export const HOLD_AT = 2;

export const DEFAULT_WEIGHTS: Weights = {
  orders: 2,
  taint: 1,
  newcomer: 0.5,
  echo: 1,
  foreign: 0.5,
  setoff: 1,
  unlearnt: 1,
  unasked: 1,
  asked: -0.5,
  usual: -1,
};

/** A call, before it is admitted. */
export interface JudgedCall {
  /** The tool's ref. */
  readonly tool: string;
  readonly args: Json;
  readonly traits: ToolTraits;
  /** What the tools of a learnt set are about. */
  readonly aboutTool: (tool: string) => About;
  /** What the purpose of the grant is about. */
  readonly purpose: About;
  readonly learnt: LearntSet;
  readonly all: LearntOfAll;
}

/** What is said of a call. */
export interface Judgement {
  readonly score: number;
  readonly signals: readonly Signal[];
}

const NOTHING: Judgement = { score: 0, signals: [] };
/** How much of its weight a signal has, by how strong it was. */
const ORDERS = [0, 0.25, 1] as const;
const TAINT = [0, 0.2, 1, 2] as const;

/**
 * Adds up what speaks for and against a call. One that neither writes nor sends anything out is not
 * judged. After orders to the model nothing speaks for a call any more: that a tool is usual is what
 * whoever wrote them would count on.
 */
export function judgeCall(memory: TaintMemory, call: JudgedCall, weights: Weights): Judgement {
  const { tool, args, traits, learnt, purpose } = call;
  if (!traits.isWriting && !traits.isEgress) return NOTHING;
  const signals: Signal[] = [];
  const add = (name: SignalName, share: number, by?: number): void => {
    const value = weights[name] * share;
    if (value !== 0) signals.push(by === undefined ? { name, value } : { name, value, call: by });
  };

  const orders = memory.orders;
  add('orders', ORDERS[orders.what], orders.call);
  const taint = memory.taintOf(args, (digest) => learnt.destinations.has(digest));
  if (taint !== undefined) {
    add('taint', TAINT[taint.what], taint.call);
    if (taint.what > 1 && learnt.sessions >= SESSIONS_TO_LEARN) add('newcomer', 1, taint.call);
  }
  // Who is told to do what a message asks for does what a message asks for.
  const share = isDelegating(purpose) ? 0.5 : 1;
  const echo = memory.echoOf(traits.about, args, purpose);
  if (echo !== undefined) {
    add('echo', echo.isSetOff ? 1 : share, echo.call);
    if (echo.isSetOff) add('setoff', 1, echo.call);
    if (echo.isForeign && share === 1) add('foreign', 1, echo.call);
  }
  add('unlearnt', surpriseOf(tool, call.aboutTool, learnt, call.all));
  const isOrdered = orders.what === 2;
  if (isAsked(traits.about, purpose)) add('asked', isOrdered ? 0 : 1);
  else if (!learnt.tools.has(tool)) {
    add('unasked', share * (traits.isDestructive ? 1 : traits.isEgress ? 0.75 : 0.5));
  }
  if (isUsual(tool, learnt)) add('usual', isOrdered ? 0 : 1);
  return { score: signals.reduce((sum, { value }) => sum + value, 0), signals };
}

/** Whether a purpose speaks of what a tool does, or of what it does it to. */
function isAsked(tool: About, purpose: About): boolean {
  if ((tool.families & purpose.families) !== 0) return true;
  for (const one of tool.stems) if (purpose.stems.has(one)) return true;
  return false;
}

/** Words with which a person hands over to what data says: `do what he asks for in his mail`. */
const DELEGATING = 'instruction request task issue ask instruct told tell need invite'.split(' ');

const isDelegating = ({ stems }: About): boolean => DELEGATING.some((one) => stems.has(one));
