import type { SessionEnded } from '../domain/broker.ts';
import type { Era } from '../domain/era.ts';
import { type JsonObject, stringMember } from '../domain/json.ts';
import type { RpcError, RpcReply } from '../domain/json-rpc.ts';
import { toEra } from './era-form.ts';
import { internalError, RESOURCE_NOT_FOUND } from './rpc-errors.ts';

/** What a tool server answered, and what it takes to say it in another era. */
export interface ServerReply {
  readonly reply: RpcReply;
  readonly method: string;
  /** The tool server's era. */
  readonly from: Era;
  /** The client's. */
  readonly to: Era;
  /** The tool server's own words about itself. */
  readonly serverInfo: JsonObject;
}

/** Says what a tool server answered in the era of the client. */
export function replyToEra({ reply, method, from, to, serverInfo }: ServerReply): RpcReply {
  return reply.kind === 'error'
    ? { kind: 'error', error: errorToEra(reply.error, method, from, to) }
    : { kind: 'result', result: toEra(reply.result, method, from, to, serverInfo) };
}

/** Says what the broker itself answers to a use in the era of the client. */
export function ownToEra(
  reply: RpcReply | SessionEnded,
  method: string,
  to: Era,
  serverInfo: JsonObject,
): RpcReply | SessionEnded {
  if (reply.kind !== 'result') return reply;
  return { kind: 'result', result: toEra(reply.result, method, '2025', to, serverInfo) };
}

/** Errors about the hop between the broker and the tool server: headers, revision. */
const OF_THIS_HOP: ReadonlySet<number> = new Set([-32020, -32022]);
const MISSING_CAPABILITY = -32021;

/**
 * Attack: a tool server that says its client spoke the wrong revision, or lacks a capability, would
 * make the broker's client change how it speaks to the broker.
 */
function errorToEra(error: RpcError, method: string, from: Era, to: Era): RpcError {
  if (OF_THIS_HOP.has(error.code) || error.code === MISSING_CAPABILITY) return internalError();
  if (from === to || !method.startsWith('resources/') || !saysNotFound(error, from)) return error;
  return { ...error, code: RESOURCE_NOT_FOUND[to] };
}

/** Whether a tool server says of a `resources/` method that there is no such resource. */
export const saysNotFound = ({ code, message, data }: RpcError, from: Era): boolean =>
  code === -32002 ||
  // In 2026 the code alone may speak of any parameter.
  (from === '2026' &&
    code === RESOURCE_NOT_FOUND['2026'] &&
    (stringMember(data, 'uri') !== undefined || /\bnot found\b/i.test(message)));
