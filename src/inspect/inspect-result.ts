import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';
import type { RpcError, RpcReply } from '../domain/json-rpc.ts';
import { withMembers } from '../domain/spelling.ts';
import { checkSchema } from './check-schema.ts';
import type { FindShapes } from './find-secrets.ts';
import { detailOf, type Finding, type Found, type Inspection, MARK } from './inspection.ts';
import { changeTexts, lookAtTexts } from './look-at-texts.ts';
import type { ResultSettings } from './result-settings.ts';

/** What a reply is looked at with. */
export interface InspectOptions {
  readonly settings: ResultSettings;
  /** The tool's output schema as it was approved, when it has one. */
  readonly outputSchema?: Json | undefined;
  /** Whether the reply is a task's state, which has the result of the call as a member. */
  readonly isTaskState?: boolean;
  readonly findShapes: FindShapes;
  /** UTF-8 bytes of a value on the wire. */
  readonly sizeOf: (value: Json) => number;
}

/**
 * Looks at what a tool server answered and does what is configured about what it finds. A reply in which
 * nothing is found, and that is within its bounds, stays the object it was. What is found is said in
 * `_meta` of a result; an error has no place for it, and only the audit says so.
 *
 * Attack: a result carries orders to the model, text that people cannot see, or what should not leave
 * the tool server. Recognising is no promise (`docs/threat-model.md`); bounding and altering is.
 */
export function inspectReply(reply: RpcReply, options: InspectOptions): Inspection {
  const { settings } = options;
  const value: JsonObject = reply.kind === 'result' ? reply.result : { ...reply.error };
  const outside = outOfBounds(value, options);
  if (outside !== undefined) return withhold(reply, outside, { [outside]: 1 }, new Set());

  const { found, places } = lookAtTexts(value, {
    links: settings.links === 'mark',
    findShapes: options.findShapes,
  });
  if (reply.kind === 'result') {
    if (isAgainstSchema(resultIn(value, options), options.outputSchema)) found.schema = 1;
    if (hasMark(value) || hasMark(member(value, 'result'))) found.forged = 1;
  }
  if (isNothing(found)) return { reply };

  for (const kind of ['orders', 'secrets', 'schema'] as const) {
    if (found[kind] !== undefined && settings[kind] === 'withhold') {
      return withhold(reply, kind, found, places);
    }
  }
  const isStripped = found.hidden !== undefined && settings.hidden === 'strip';
  const isRedacted = found.secrets !== undefined && settings.secrets === 'redact';
  const done: Record<string, Json> = {
    ...(isStripped ? { hidden: 'stripped' } : {}),
    ...(isRedacted ? { secrets: 'redacted' } : {}),
    ...(found.forged === undefined ? {} : { forged: 'removed' }),
  };
  const detail = detailOf(found, done, places);
  const changed =
    isStripped || isRedacted
      ? changeTexts(value, {
          stripsHidden: isStripped,
          ...(isRedacted ? { redacts: options.findShapes } : {}),
        })
      : value;
  if (reply.kind === 'error') {
    return { reply: { kind: 'error', error: changed as unknown as RpcError }, detail };
  }
  return { reply: { kind: 'result', result: marked(changed, detail) }, detail };
}

const isNothing = (found: Found): boolean => {
  for (const _ in found) return false;
  return true;
};

const withhold = (
  reply: RpcReply,
  why: Finding,
  found: Found,
  places: ReadonlySet<string>,
): Inspection => ({ reply, withheld: why, detail: detailOf(found, { [why]: 'withheld' }, places) });

/** Why a reply is outside its bounds; `undefined` when it is within. */
function outOfBounds(value: JsonObject, options: InspectOptions): 'type' | 'size' | undefined {
  const {
    settings: { types, maxBytes },
    sizeOf,
  } = options;
  if (maxBytes !== undefined && sizeOf(value) > maxBytes) return 'size';
  if (types === undefined) return undefined;
  const allowed = (item: Json): boolean => types.includes(stringMember(item, 'type') ?? '');
  return contentOf(resultIn(value, options)).every(allowed) ? undefined : 'type';
}

/** What a model reads of a reply: all of it, or the result within a task's state. */
const resultIn = (value: JsonObject, { isTaskState = false }: InspectOptions): Json | undefined =>
  isTaskState ? member(value, 'result') : value;

/** Blocks of content: of a tool's result, of a prompt's messages. */
function contentOf(value: Json | undefined): readonly Json[] {
  const content = member(value, 'content');
  const messages = member(value, 'messages');
  const ofMessages = Array.isArray(messages)
    ? messages.flatMap((message: Json) => {
        const inner = member(message, 'content');
        return Array.isArray(inner) ? inner : inner === undefined ? [] : [inner];
      })
    : [];
  return [...(Array.isArray(content) ? content : []), ...ofMessages];
}

/**
 * Whether a result is for certain not what its schema says. An error result need not be.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/server/tools#output-schema
 */
function isAgainstSchema(result: Json | undefined, schema: Json | undefined): boolean {
  if (schema === undefined || member(result, 'isError') === true) return false;
  const structured = member(result, 'structuredContent');
  if (structured === undefined) return Array.isArray(member(result, 'content'));
  return checkSchema(structured, schema) === 'no';
}

const hasMark = (result: Json | undefined): boolean => {
  const meta = member(result, '_meta');
  return isJsonObject(meta) && Object.hasOwn(meta, MARK);
};

/** A result with what was found in it, and no mark that its server set. */
function marked(result: JsonObject, detail: JsonObject): JsonObject {
  const meta = member(result, '_meta');
  const inner = member(result, 'result');
  return withMembers(result, {
    ...(isJsonObject(inner) && hasMark(inner) ? { result: unmarked(inner) } : {}),
    _meta: { ...(isJsonObject(meta) ? meta : {}), [MARK]: detail },
  });
}

function unmarked(result: JsonObject): JsonObject {
  const { [MARK]: _, ...meta } = member(result, '_meta') as JsonObject;
  return { ...result, _meta: meta };
}
