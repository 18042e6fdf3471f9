/**
 * What a tool does with data, as the configuration says; never as a tool server says.
 *
 * Attack: a tool server calls its own tool harmless.
 */
export const LABELS = [
  /** It reads what others must not see. */
  'private',
  /** It reads what anybody could have written. */
  'untrusted',
  /** It sends data out. */
  'egress',
  /** What it does cannot be taken back. */
  'destructive',
] as const;

/** One of them. */
export type Label = (typeof LABELS)[number];
