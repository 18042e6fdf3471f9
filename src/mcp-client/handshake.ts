import type { ListKind } from '../domain/broker.ts';
import {
  ENVELOPE_KEYS,
  type Era,
  REVISION_2025,
  REVISION_2026,
  REVISIONS_2025,
  SERVER_INFO_KEY,
} from '../domain/era.ts';
import { BrokerError } from '../domain/errors.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';

/** What a tool server says of itself before its lists are read. */
export interface Handshake {
  readonly era: Era;
  readonly revision: string;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions?: string;
}

/** The client capabilities a tool server of the 2026 era is shown where no client is behind it. */
export const SHOWN_CAPABILITIES: JsonObject = {};

/** JSON-RPC code of 2026-07-28: the revision is not supported; `data.supported` names those that are. */
const UNSUPPORTED_REVISION = -32022;

/** The 2026 envelope of a request of ours. */
export const envelope = (
  version: string,
  capabilities: JsonObject = SHOWN_CAPABILITIES,
  logLevel?: string,
): JsonObject => ({
  [ENVELOPE_KEYS.protocolVersion]: REVISION_2026,
  [ENVELOPE_KEYS.clientInfo]: { name: 'toolgrant', version },
  [ENVELOPE_KEYS.clientCapabilities]: capabilities,
  ...(logLevel === undefined ? {} : { [ENVELOPE_KEYS.logLevel]: logLevel }),
});

/** Whether a tool server of the 2025 era may have something to say that belongs to no request. */
export const hasOwnSay = ({ capabilities }: Handshake, shown: JsonObject): boolean =>
  mayAsk(shown) ||
  member(capabilities, 'logging') !== undefined ||
  member(member(capabilities, 'resources'), 'subscribe') === true ||
  LISTS.some((list) => member(member(capabilities, list), 'listChanged') === true);

const LISTS: readonly ListKind[] = ['tools', 'prompts', 'resources'];

/** Whether a tool server that is shown these capabilities may ask a client anything. */
export const mayAsk = (capabilities: JsonObject): boolean => Object.keys(capabilities).length > 0;

/** Params of the 2025 `initialize`. */
export const initializeParams = (version: string, capabilities: JsonObject): JsonObject => ({
  protocolVersion: REVISION_2025,
  capabilities,
  clientInfo: { name: 'toolgrant', version },
});

/**
 * Reads the answer to `server/discover`: a server of the 2026 era, or `legacy` for everything that is
 * no evidence of one.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL` when the server names only revisions that nobody here speaks.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/lifecycle
 */
export function readDiscovery(server: string, reply: RpcReply): Handshake | 'legacy' {
  if (reply.kind === 'error') {
    if (reply.error.code !== UNSUPPORTED_REVISION) return 'legacy';
    const supported = member(reply.error.data, 'supported');
    const isForeign =
      isListOfText(supported) &&
      supported.length > 0 &&
      !supported.some(
        (revision) => REVISIONS_2025.includes(revision) || revision === REVISION_2026,
      );
    if (isForeign) throw protocolError(server, 'speaks only revisions unknown to this version');
    return 'legacy';
  }
  const { result } = reply;
  const supported = member(result, 'supportedVersions');
  const capabilities = member(result, 'capabilities');
  if (!isListOfText(supported) || !isJsonObject(capabilities)) return 'legacy';
  if (!supported.includes(REVISION_2026)) return 'legacy';
  const serverInfo =
    member(member(result, '_meta'), SERVER_INFO_KEY) ?? member(result, 'serverInfo');
  return {
    era: '2026',
    revision: REVISION_2026,
    serverInfo: isJsonObject(serverInfo) ? serverInfo : {},
    capabilities,
    ...instructionsOf(result),
  };
}

/** Whether a server that refused the 2026 revision names it among those it speaks. */
export function offersWhatItRefused(reply: RpcReply): boolean {
  if (reply.kind !== 'error' || reply.error.code !== UNSUPPORTED_REVISION) return false;
  const supported = member(reply.error.data, 'supported');
  return isListOfText(supported) && supported.includes(REVISION_2026);
}

/**
 * Reads the answer to `initialize`.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL` for a refusal, a malformed answer or an unknown revision.
 */
export function readInitialization(server: string, reply: RpcReply): Handshake {
  if (reply.kind === 'error') {
    throw protocolError(server, `refused to initialize (code ${reply.error.code})`);
  }
  const { result } = reply;
  const revision = stringMember(result, 'protocolVersion');
  const capabilities = member(result, 'capabilities') ?? {};
  const serverInfo = member(result, 'serverInfo') ?? {};
  if (!isJsonObject(capabilities) || !isJsonObject(serverInfo)) {
    throw protocolError(server, 'sent a malformed answer to initialize');
  }
  if (revision === undefined || !REVISIONS_2025.includes(revision)) {
    throw protocolError(server, 'answered initialize with a revision unknown to this version');
  }
  return { era: '2025', revision, serverInfo, capabilities, ...instructionsOf(result) };
}

function instructionsOf(result: JsonObject): { readonly instructions?: string } {
  const instructions = stringMember(result, 'instructions');
  return instructions === undefined ? {} : { instructions };
}

const isListOfText = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const protocolError = (server: string, what: string): BrokerError =>
  new BrokerError('ERR_SERVER_PROTOCOL', `tool server ${server} ${what}`);
