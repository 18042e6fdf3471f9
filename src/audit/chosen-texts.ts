import type { EventDraft } from '../domain/event.ts';
import type { Json, JsonObject } from '../domain/json.ts';

/** What a client says to be what it names: nothing is known by it. */
const CHOSEN = [
  'requestId',
  'clientInfo',
  'method',
  'tool',
  'prompt',
  'resource',
  'template',
] as const satisfies readonly (keyof EventDraft)[];

/**
 * An event without known secrets in what its client chose. Attack: a tool server's credential, found out, as
 * the name of a tool that is none.
 */
export function scrubChosen(event: EventDraft, scrub: <T extends Json>(value: T) => T): EventDraft {
  const chosen: JsonObject = Object.fromEntries(
    CHOSEN.flatMap((name) => (event[name] === undefined ? [] : [[name, event[name] as Json]])),
  );
  return { ...event, ...(scrub(chosen) as Partial<EventDraft>) };
}
