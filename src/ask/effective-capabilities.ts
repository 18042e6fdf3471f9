import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import type { AskKind } from './ask-kind.ts';

/** The members of each capability that a tool server can act on. */
const MEMBERS: Readonly<Record<AskKind, readonly string[]>> = {
  elicitation: ['form', 'url'],
  sampling: ['context', 'tools'],
  roots: [],
};
const KINDS = ['elicitation', 'roots', 'sampling'] as const;

/** Whether a client declares anything that rules decide of: without, `effectiveCapabilities` is empty. */
export const declaresAsks = (declared: JsonObject): boolean =>
  KINDS.some((kind) => isJsonObject(member(declared, kind)));

/**
 * The client capabilities a tool server is shown: what the client declares, as far as rules let the
 * server ask for it, in one form for one meaning.
 *
 * Connections are told apart by this. Attack: a client that declares something else at each request,
 * and has a process started for each; so unknown members and values are left out.
 *
 * `roots.listChanged` is left out: nothing carries that notification on.
 */
export function effectiveCapabilities(
  declared: JsonObject,
  permits: (kind: AskKind) => boolean,
): JsonObject {
  const effective: Record<string, Json> = {};
  for (const kind of KINDS) {
    const capability = member(declared, kind);
    if (!isJsonObject(capability) || !permits(kind)) continue;
    const known = MEMBERS[kind].filter((name) => isJsonObject(member(capability, name)));
    effective[kind] = Object.fromEntries(known.map((name) => [name, {}]));
  }
  return effective;
}

/**
 * Whether a client that was shown to have `capabilities` can be asked this. Elicitation without a mode
 * is by form, and a client that names no mode has that one.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#capabilities
 */
export function canBeAsked(capabilities: JsonObject, kind: AskKind, params: JsonObject): boolean {
  const capability = member(capabilities, kind);
  if (!isJsonObject(capability)) return false;
  const has = (name: string): boolean => Object.hasOwn(capability, name);
  switch (kind) {
    case 'roots':
      return true;
    case 'elicitation':
      return member(params, 'mode') === 'url' ? has('url') : has('form') || !has('url');
    case 'sampling':
      return (
        has('tools') || !(Object.hasOwn(params, 'tools') || Object.hasOwn(params, 'toolChoice'))
      );
  }
}
