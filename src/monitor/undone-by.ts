import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import { member, stringMember } from '../domain/json.ts';

/** What an admin undid, or had forgotten. */
export interface UndoneBy {
  readonly session?: SessionId;
  /** The client whose session it was, or of which it was forgotten what it read. */
  readonly subject?: string;
  readonly client?: string;
  /** The signal that was undone; absent when something was forgotten. */
  readonly signal?: string;
}

/** What a TG9003 says. */
export function undoneBy({ session, subject, client, detail }: EventDraft): UndoneBy {
  const of = client ?? stringMember(member(detail, 'forgot'), 'client');
  const signal = stringMember(detail, 'signal');
  return {
    ...(session === undefined ? {} : { session }),
    ...(subject === undefined ? {} : { subject }),
    ...(of === undefined ? {} : { client: of }),
    ...(signal === undefined ? {} : { signal }),
  };
}
