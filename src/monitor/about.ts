import type { EventDraft } from '../domain/event.ts';
import type { Whose } from './monitored.ts';
import type { Signal, SignalName } from './signal.ts';

/** Signals about one use: what is done about them ends with it. All others are about the session. */
export const OF_USE: ReadonlySet<SignalName> = new Set<SignalName>([
  'flow',
  'first_use',
  'unlearnt_write',
  'large_arguments',
  'unusual_hour',
  'data_driven',
  'foreign_secret',
]);

/** What a signal is about, beyond its session. */
export interface About {
  readonly at: number;
  readonly thing?: string;
  readonly grant?: string;
  /** Of a detector that failed: what it would have said is not known until an admin undoes that. */
  readonly isLasting?: true;
}

/** Without the arguments, which are not kept for longer than a use takes. */
export const aboutOnly = ({ at, thing, grant, isLasting }: About): About => ({
  at,
  ...(thing === undefined ? {} : { thing }),
  ...(grant === undefined ? {} : { grant }),
  ...(isLasting === undefined ? {} : { isLasting }),
});

/** What is told once in a window: of a use each thing, and each time it rests on other calls. */
export function newsOf({ name, calls, parts }: Signal, { thing }: About): string {
  if (!OF_USE.has(name)) return name;
  return parts === undefined ? `${name} ${thing}` : `${name} ${thing} ${calls.join(' ')}`;
}

/** Whose an event is. */
export const fieldsOf = ({
  session,
  subject,
  client,
}: Whose): Pick<EventDraft, 'session' | 'subject' | 'client'> => ({
  session,
  subject,
  ...(client === undefined ? {} : { client }),
});
