/**
 * What the monitor can notice of a session. A closed vocabulary, recorded by name. Add, never rename:
 * names are in audit logs and in configurations.
 */
export const SIGNALS = [
  /** Data would leave a session that has read private and untrusted data. */
  'flow',
  /** One token is used in two places by turns. */
  'two_places',
  /** A session is used from another place, or by another client, than it was first. */
  'client_drift',
  /** Different things are asked for that are not granted. */
  'probing',
  /** More calls in a minute than ever under the grant. */
  'burst',
  /** A credential of a session that was revoked or suspended is still presented. */
  'ended_use',
  /** A tool server's definition is not the approved one any more. */
  'definition_changed',
  /** A result gives orders to the model. */
  'orders',
  /** A tool that no session under the grant has used. */
  'first_use',
  /** A tool that writes, and that no session under the grant has used. */
  'unlearnt_write',
  /** Arguments much larger than any under the grant. */
  'large_arguments',
  /** A result much larger than any under the grant. */
  'large_result',
  /** An hour of the day (UTC) in which nothing was done under the grant. */
  'unusual_hour',
  /** Uses that end in errors, one after another. */
  'errors',
  /** A detector failed: what it would have said is not known. */
  'detector_failed',
  /** A call does what data asked for, and not the person. */
  'data_driven',
  /** A secret that one tool server showed goes to another. */
  'foreign_secret',
] as const;

/** One of them. */
export type SignalName = (typeof SIGNALS)[number];

/** A part of a value that is added up. */
export interface SignalPart {
  readonly name: string;
  /** What it adds; below zero for what speaks for a call. */
  readonly value: number;
  /** Sequence number of the intent whose result it rests on. */
  readonly call?: number;
}

/** Something that was noticed, and what it rests on. */
export interface Signal {
  readonly name: SignalName;
  /** What was counted or measured. */
  readonly value: number;
  /** From which value on it is a signal. */
  readonly threshold: number;
  /** Sequence numbers of intents it rests on, the last few, oldest first. */
  readonly calls: readonly number[];
  /** What its value is the sum of; absent when it was counted or measured. */
  readonly parts?: readonly SignalPart[];
}
