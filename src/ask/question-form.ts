import type { Question } from '../domain/broker.ts';
import type { Era } from '../domain/era.ts';
import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';
import { type AskKind, askKindOf } from './ask-kind.ts';

/** What marks the tool server that asks, in `_meta` of questions that show no text of ours. */
export const ASKED_BY_KEY = 'toolgrant/server';

/** Longest URL a person is sent to, characters. */
const MAX_URL = 8_192;

/**
 * A tool server's question as a client of era `to` is to get it, or `undefined` for one that has no
 * such form: an unknown method, an elicitation without a message, a URL that is not http(s).
 *
 * The person sees which server asks: the first line of an elicitation's message is ours, and holds
 * the server's configured name, which has no character but letters, digits, `_` and `-`. What the
 * server says begins on the next line and cannot leave it: controls of terminals and of direction
 * are shown as U+FFFD. Sampling and roots have no text for people; they carry the name in `_meta`.
 *
 * Attack: a tool server asks in another's name, or in ours, for what a person would tell only that one.
 *
 * @param elicitationId Names a URL elicitation where the era wants a name and the server gave none.
 */
export function formQuestion(
  { method, params }: Question,
  server: string,
  to: Era,
  elicitationId: () => string,
): Question | undefined {
  const kind = askKindOf(method);
  if (kind === undefined) return undefined;
  // A receiver that declares no tasks answers as if none had been asked for.
  const { task: _task, ...given } = params;
  const plain = withoutAskedBy(given);
  if (kind !== 'elicitation') return { method, params: withAskedBy(plain, server) };
  const formed = formElicitation(plain, server, to, elicitationId);
  return formed === undefined ? undefined : { method, params: formed };
}

function formElicitation(
  params: JsonObject,
  server: string,
  to: Era,
  elicitationId: () => string,
): JsonObject | undefined {
  const message = stringMember(params, 'message');
  const mode = member(params, 'mode') ?? 'form';
  if (message === undefined) return undefined;
  const named = { ...params, message: `Tool server "${server}" asks:\n${shown(message)}` };
  if (mode === 'form') {
    const schema = member(params, 'requestedSchema');
    return isJsonObject(schema) ? { ...named, requestedSchema: shownTexts(schema) } : undefined;
  }
  if (mode !== 'url' || !isWebUrl(stringMember(params, 'url'))) return undefined;
  const { elicitationId: given, ...rest } = named as JsonObject;
  if (to === '2026') return rest;
  return { ...rest, elicitationId: typeof given === 'string' ? given : elicitationId() };
}

function withAskedBy(params: JsonObject, server: string): JsonObject {
  const meta = member(params, '_meta');
  return { ...params, _meta: { ...(isJsonObject(meta) ? meta : {}), [ASKED_BY_KEY]: server } };
}

/** Attack: a tool server marks its question as another's where the mark is not ours to make. */
function withoutAskedBy(params: JsonObject): JsonObject {
  const meta = member(params, '_meta');
  if (!isJsonObject(meta) || !Object.hasOwn(meta, ASKED_BY_KEY)) return params;
  const { [ASKED_BY_KEY]: _forged, ...kept } = meta;
  return { ...params, _meta: kept };
}

/** Attack: `javascript:`, `file:` or an app's own scheme, opened by whoever trusts the broker. */
function isWebUrl(url: string | undefined): boolean {
  if (url === undefined || url.length > MAX_URL || !URL.canParse(url)) return false;
  // Shown as it stands, though whoever opens it drops or encodes them.
  if (shown(url) !== url || /\s/.test(url)) return false;
  return /^https?:$/.test(new URL(url).protocol);
}

/** Controls but line feed and tab, and what turns the direction of text. */
const STEERING = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const shown = (text: string): string => text.replace(STEERING, '\ufffd');

/** A form's schema whose texts for people are as harmless as its message; its values stay. */
function shownTexts(schema: JsonObject): JsonObject {
  const members = Object.entries(schema).map(([name, value]): [string, Json] => {
    if (isJsonObject(value)) return [name, shownTexts(value)];
    if (Array.isArray(value)) {
      const items = value as readonly Json[];
      return [
        name,
        items.map((item) => (isJsonObject(item) ? shownTexts(item) : label(name, item))),
      ];
    }
    return [name, label(name, value)];
  });
  return Object.fromEntries(members);
}

const FOR_PEOPLE: ReadonlySet<string> = new Set(['title', 'description', 'enumNames']);

const label = (name: string, value: Json): Json =>
  FOR_PEOPLE.has(name) && typeof value === 'string' ? shown(value) : value;

/** How an answer is called in the audit: a person's action, or what kind of reply came. */
export function answerName(kind: AskKind, result: JsonObject): string {
  const action = kind === 'elicitation' ? member(result, 'action') : undefined;
  return action === 'accept' || action === 'decline' || action === 'cancel' ? action : 'result';
}
