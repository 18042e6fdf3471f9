import { SIGNALS, type SignalName } from './signal.ts';

/**
 * What is done about a signal, the mildest first. None of it reaches beyond the session and the grant
 * that caused it.
 */
export const STEPS = [
  /** It is recorded. */
  'record',
  /** The log says so too. */
  'alert',
  /** The session's uses are refused for a while. */
  'throttle',
  /** The use waits for an admin's approval; of what the session itself is suspected of, each use that writes. */
  'hold',
  /** The use is refused; of what the session itself is suspected of, each use that writes. */
  'refuse',
  /** The session is suspended until an admin resumes it. */
  'suspend_session',
  /** The session is suspended, and its grant is revoked until an admin brings it back. */
  'suspend_grant',
] as const;

/** One of them. */
export type Step = (typeof STEPS)[number];

/** What holds for one signal. */
export interface Rung {
  readonly step: Step;
  readonly threshold: number;
}

/** How the monitor is set: what it does about each signal, and what it remembers. */
export interface MonitorSettings {
  readonly ladder: Readonly<Record<SignalName, Rung>>;
  /** Sessions under a grant before what they do not do counts as unusual. */
  readonly observe: number;
  /** Milliseconds for which it is remembered which kinds of data a subject's client has read. */
  readonly rememberMs: number;
  /** Milliseconds over which refusals, errors and places are counted, and for which a throttle lasts. */
  readonly windowMs: number;
}

/**
 * What is done unless the configuration says otherwise: what nobody does by accident is held, slowed down
 * or stopped from the first day; what is only unusual is recorded. A writing tool that is new to a grant too:
 * held, it would stop many a session that does what it was asked to.
 */
export const DEFAULT_LADDER: Readonly<Record<SignalName, Rung>> = {
  flow: { step: 'hold', threshold: 2 },
  two_places: { step: 'suspend_session', threshold: 2 },
  client_drift: { step: 'hold', threshold: 2 },
  probing: { step: 'throttle', threshold: 8 },
  burst: { step: 'throttle', threshold: 60 },
  ended_use: { step: 'alert', threshold: 1 },
  definition_changed: { step: 'alert', threshold: 1 },
  orders: { step: 'record', threshold: 1 },
  first_use: { step: 'record', threshold: 1 },
  unlearnt_write: { step: 'record', threshold: 1 },
  large_arguments: { step: 'record', threshold: 16_384 },
  large_result: { step: 'record', threshold: 262_144 },
  unusual_hour: { step: 'record', threshold: 1 },
  errors: { step: 'record', threshold: 10 },
  detector_failed: { step: 'hold', threshold: 1 },
  data_driven: { step: 'hold', threshold: 2 },
  foreign_secret: { step: 'hold', threshold: 1 },
};

/** The settings unless the configuration says otherwise. */
export const DEFAULT_MONITOR: MonitorSettings = {
  ladder: DEFAULT_LADDER,
  observe: 5,
  rememberMs: 86_400_000,
  windowMs: 60_000,
};

/** The sterner of two steps. */
export const sterner = (one: Step, other: Step): Step =>
  STEPS.indexOf(one) >= STEPS.indexOf(other) ? one : other;

/** Whether a step is at least as stern as another. */
export const isAtLeast = (step: Step, than: Step): boolean =>
  STEPS.indexOf(step) >= STEPS.indexOf(than);

/** The ladder with some rungs set otherwise. */
export const ladderWith = (
  set: Partial<Record<SignalName, Partial<Rung>>>,
): MonitorSettings['ladder'] =>
  Object.fromEntries(
    SIGNALS.map((name) => [name, { ...DEFAULT_LADDER[name], ...set[name] }]),
  ) as Record<SignalName, Rung>;
