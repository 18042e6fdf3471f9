import { hmacJson } from '../audit/digest.ts';
import { normaliseUri } from '../authorize/normalise-uri.ts';
import type { AccessRequest } from '../domain/access-request.ts';
import type { AuditEvent } from '../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';

/** Arguments as the log has them, and which of them are what was sent. */
export interface RecordedArgs {
  readonly args: JsonObject;
  /** Whether the argument of this name, or its absence, is as it was sent. */
  isKnown(name: string): boolean;
}

/** A use as the log has it. */
export interface RecordedUse {
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly subject: string;
  readonly client?: string;
  readonly session?: AuditEvent['session'];
  /** Without its arguments. */
  readonly request: AccessRequest;
  /** What it is, for people and as a rule names it: `files/read`, `prompt:files/x`. */
  readonly what: string;
  /** Absent of what no arguments are judged of: a template, a server, a question. */
  readonly recorded?: RecordedArgs;
  /** Whether its name was too long to be recorded whole: then nobody can say what it was. */
  readonly isCut: boolean;
}

/**
 * Reads the use an event is about; `undefined` when it is about none. The log's HMAC proves which
 * arguments were recorded whole: a text that only looks redacted is then known for what it is.
 *
 * @param digestKey the key of `argsHmac`.
 */
export function recordedUse(event: AuditEvent, digestKey: Uint8Array): RecordedUse | undefined {
  const { subject, server = '' } = event;
  if (subject === undefined) return undefined;
  const found = requestOf(event, server);
  if (found === undefined) return undefined;
  const { request, what, name } = found;
  const args = argsOf(event, request, digestKey);
  return {
    seq: event.seq,
    at: Math.floor(event.at / 1000),
    subject,
    ...(event.client === undefined ? {} : { client: event.client }),
    ...(event.session === undefined ? {} : { session: event.session }),
    request,
    what,
    isCut: isCut(name) || isCut(server),
    ...(args === undefined ? {} : { recorded: args }),
  };
}

/** What a recorder cuts it marks so; a name that ends so by itself is taken for one that was cut. */
const isCut = (name: string): boolean => name.length > 256 && name.endsWith('…');

interface Requested {
  readonly request: AccessRequest;
  readonly what: string;
  readonly name: string;
}

const ASKS = new Map([
  ['elicitation/create', 'elicitation'],
  ['sampling/createMessage', 'sampling'],
  ['roots/list', 'roots'],
]);

function requestOf(event: AuditEvent, server: string): Requested | undefined {
  const { tool, prompt, resource, template, method = '' } = event;
  if (event.reason === 'surface_closed') {
    return { request: { kind: 'method', method }, what: method, name: method };
  }
  if (server === '') return undefined;
  if (event.code === 'TG1005' || event.code === 'TG1007') {
    const ask = ASKS.get(method);
    return ask === undefined
      ? undefined
      : { request: { kind: 'ask', server, ask }, what: `ask:${server}/${ask}`, name: ask };
  }
  if (tool !== undefined) {
    return { request: { kind: 'tool', server, tool }, what: `${server}/${tool}`, name: tool };
  }
  if (prompt !== undefined) {
    const request = { kind: 'prompt', server, prompt } as const;
    return { request, what: `prompt:${server}/${prompt}`, name: prompt };
  }
  if (resource !== undefined) {
    const request = { kind: 'resource', server, uri: resource } as const;
    return { request, what: `resource:${server}/${resource}`, name: resource };
  }
  if (template !== undefined) {
    const request = { kind: 'template', server, template } as const;
    return { request, what: `template ${template} of ${server}`, name: template };
  }
  const needs = method.startsWith('resources/') ? ({ needs: 'resources' } as const) : {};
  return {
    request: { kind: 'server', server, ...needs },
    what: method === '' ? `server ${server}` : `${method} of ${server}`,
    name: server,
  };
}

function argsOf(
  event: AuditEvent,
  request: AccessRequest,
  digestKey: Uint8Array,
): RecordedArgs | undefined {
  if (request.kind === 'resource') {
    return { args: resourceArgs(request.uri), isKnown: () => true };
  }
  const isCalled =
    request.kind === 'tool' || (request.kind === 'prompt' && event.method === 'prompts/get');
  if (!isCalled) return undefined;
  const { args, argsHmac } = event;
  if (!isJsonObject(args)) return { args: {}, isKnown: () => false };
  if (argsHmac !== undefined && hmacJson(digestKey, args) === argsHmac) {
    return { args, isKnown: () => true };
  }
  return { args, isKnown: knownOf(args) };
}

/** What a rule on a resource calls its arguments. */
export const resourceArgs = (uri: string): JsonObject => ({ uri: normaliseUri(uri) ?? uri });

/** What redaction leaves where something was, and what stands for a number or a text kept otherwise. */
const MARK =
  /\[redacted:|\[nested too deeply\]|… \[\d+ characters\]|^\[\d+ more\]$|^\[cut\]$|^-?\d[\d.eE+-]*$|\uFFFD/;

function knownOf(args: JsonObject): (name: string) => boolean {
  const unknown = new Set<string>();
  for (const [name, value] of Object.entries(args)) {
    // Nobody can say what its name was, nor then which are missing.
    if (MARK.test(name)) return () => false;
    if (isMarked(value)) unknown.add(name);
  }
  // They differ from what was sent, and nothing says where.
  return unknown.size === 0 ? () => false : (name) => !unknown.has(name);
}

function isMarked(value: Json): boolean {
  if (typeof value === 'string') return MARK.test(value);
  if (Array.isArray(value)) return value.some(isMarked);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([name, each]) => MARK.test(name) || isMarked(each));
}
