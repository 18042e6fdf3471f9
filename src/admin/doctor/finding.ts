import type { CheckName } from './check-names.ts';

/** What a finding is about, in the order they are shown. */
export const AREAS = [
  'node',
  'configuration',
  'files',
  'state',
  'audit',
  'brokers',
  'clock',
  'listen',
  'servers',
  'tools',
  'grants',
  'clients',
] as const;
/** One of the areas. */
export type Area = (typeof AREAS)[number];

/**
 * How much a finding matters. `problem`: something does not work, or protects nothing as it is;
 * `warning`: it works, and somebody should look; `note`: worth knowing; `ok`: looked at and sound.
 */
export type Level = 'ok' | 'note' | 'warning' | 'problem';

/** One thing a look at an installation showed. Holds names, paths and counts; never a secret. */
export interface Finding {
  readonly area: Area;
  readonly check: CheckName;
  readonly level: Level;
  readonly what: string;
  /** A path, a server, a grant, a client; empty when it is this machine. */
  readonly where: string;
  /** What to do: a command in backticks, or an edit. */
  readonly remedy?: string;
}

/** Makes findings of one area. */
export const findingsOf =
  (area: Area) =>
  (level: Level, check: CheckName, what: string, where = '', remedy?: string): Finding => ({
    area,
    check,
    level,
    what,
    where,
    ...(remedy === undefined ? {} : { remedy }),
  });

/** How long something lasts or lasted, for people: the largest unit that says enough. */
export function spanWords(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** The first few of many names, and how many more there are. */
export function someOf(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(', ');
  return names.length <= most ? shown : `${shown} and ${names.length - most} more`;
}
