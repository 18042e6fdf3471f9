import { classifyInboundRequest } from '@modelcontextprotocol/server';
import { beginningOf } from '../domain/beginning-of.ts';
import {
  ENVELOPE_KEYS,
  type Era,
  REVISION_2025,
  REVISION_2026,
  REVISIONS_2025,
} from '../domain/era.ts';
import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';
import type {
  RequestId,
  RpcError,
  RpcNotification,
  RpcReply,
  RpcRequest,
} from '../domain/json-rpc.ts';
import { invalidRequest, unsupportedRevision } from '../respond/rpc-errors.ts';
import { disguisedMember } from './look-alikes.ts';
import { readMessage } from './message.ts';
import { PlainRequests } from './plain-requests.ts';
import {
  checkGivenHeaders,
  checkStandardHeaders,
  type StandardHeaders,
} from './standard-headers.ts';

/** What a client calls itself; unverified. */
export type ClientInfo = { readonly name: string; readonly version: string };

/** A client's message in its era, or why it is none. `status` is for HTTP. */
export type Inbound =
  | {
      readonly kind: 'request';
      readonly era: Era;
      readonly revision: string;
      readonly request: RpcRequest;
      readonly clientInfo?: ClientInfo;
      /** As the 2026 envelope or `initialize` declares them; any other 2025 request says nothing of them. */
      readonly clientCapabilities?: JsonObject;
    }
  | { readonly kind: 'notification'; readonly notification: RpcNotification }
  | { readonly kind: 'response'; readonly id: RequestId | null; readonly reply: RpcReply }
  | {
      readonly kind: 'reject';
      readonly status: number;
      readonly id: RequestId | null;
      readonly error: RpcError;
    };

/**
 * Decides once what a parsed message is and which era it belongs to. The body decides; over HTTP the
 * headers must agree with it, and a 2026 request must carry them.
 *
 * @param headers The MCP headers over HTTP; `undefined` over stdio, which has none.
 * @param assumed The 2025 revision of a request that names none.
 */
export function readInbound(
  body: Json,
  headers: StandardHeaders | undefined,
  assumed: string,
): Inbound {
  const message = readMessage(body);
  if (message.kind === 'invalid') return reject(400, message.id, message.error);
  if (message.kind === 'response') return message;
  const id = message.kind === 'request' ? message.request.id : null;
  const { method, params } = message.kind === 'request' ? message.request : message.notification;
  const disguised = disguisedMember(method, params);
  if (disguised !== undefined) {
    return reject(400, id, invalidRequest(`a member looks like ${disguised} and is not`));
  }
  const plain =
    message.kind === 'request' ? plainRequests.eraOf(message.request, headers) : undefined;
  if (message.kind === 'request' && plain !== undefined) {
    return requestOf(plain, message.request, headers, assumed);
  }
  const route = classifyInboundRequest({
    httpMethod: 'POST',
    body,
    ...(headers?.protocolVersion === undefined
      ? {}
      : { protocolVersionHeader: headers.protocolVersion }),
    ...(headers?.method === undefined ? {} : { mcpMethodHeader: headers.method }),
    ...(headers?.name === undefined ? {} : { mcpNameHeader: headers.name }),
  });
  if (route.kind === 'reject') {
    const named = headers?.protocolVersion?.trim();
    // A header that names no revision of ours, on a body that names none: the revision is the fault.
    if (route.cell === 'modern-header-without-claim' && named !== REVISION_2026) {
      return reject(400, id, unsupportedRevision(named ?? ''));
    }
    const data = route.data === undefined ? {} : { data: route.data as Json };
    return reject(route.httpStatus, id, { code: route.code, message: route.message, ...data });
  }
  if (message.kind === 'notification') return message;
  if (route.kind === 'modern') plainRequests.passed(message.request);
  return requestOf(route.kind === 'modern' ? '2026' : '2025', message.request, headers, assumed);
}

/** Of the whole process: an envelope is as well formed whoever sends it. */
const plainRequests = new PlainRequests();

const requestOf = (
  era: Era,
  request: RpcRequest,
  headers: StandardHeaders | undefined,
  assumed: string,
): Inbound =>
  era === '2026' ? modernRequest(request, headers) : legacyRequest(request, headers, assumed);

function modernRequest(request: RpcRequest, headers: StandardHeaders | undefined): Inbound {
  const meta = member(request.params, '_meta');
  const claimed = stringMember(meta, ENVELOPE_KEYS.protocolVersion) ?? '';
  if (claimed !== REVISION_2026) return reject(400, request.id, unsupportedRevision(claimed));
  const mismatch = headers === undefined ? undefined : checkStandardHeaders(request, headers);
  if (mismatch !== undefined) return reject(400, request.id, mismatch);
  const clientInfo = readClientInfo(member(meta, ENVELOPE_KEYS.clientInfo));
  return {
    kind: 'request',
    era: '2026',
    revision: REVISION_2026,
    request,
    ...(clientInfo === undefined ? {} : { clientInfo }),
    clientCapabilities: capabilitiesIn(member(meta, ENVELOPE_KEYS.clientCapabilities)),
  };
}

const capabilitiesIn = (declared: Json | undefined): JsonObject =>
  isJsonObject(declared) ? declared : {};

function legacyRequest(
  request: RpcRequest,
  headers: StandardHeaders | undefined,
  assumed: string,
): Inbound {
  const mismatch = headers === undefined ? undefined : checkGivenHeaders(request, headers);
  if (mismatch !== undefined) return reject(400, request.id, mismatch);
  if (request.method === 'initialize') {
    const clientInfo = readClientInfo(member(request.params, 'clientInfo'));
    return {
      kind: 'request',
      era: '2025',
      revision: negotiate(stringMember(request.params, 'protocolVersion')),
      request,
      ...(clientInfo === undefined ? {} : { clientInfo }),
      clientCapabilities: capabilitiesIn(member(request.params, 'capabilities')),
    };
  }
  const named = headers?.protocolVersion?.trim();
  if (named !== undefined && !REVISIONS_2025.includes(named)) {
    return reject(400, request.id, unsupportedRevision(named));
  }
  return { kind: 'request', era: '2025', revision: named ?? assumed, request };
}

/** The 2025 revision an `initialize` agrees on: the client's when we speak it, otherwise our newest. */
export const negotiate = (requested: string | undefined): string =>
  requested !== undefined && REVISIONS_2025.includes(requested) ? requested : REVISION_2025;

const MAX_INFO_LENGTH = 256;

function readClientInfo(info: Json | undefined): ClientInfo | undefined {
  if (!isJsonObject(info)) return undefined;
  const name = stringMember(info, 'name');
  const version = stringMember(info, 'version');
  if (name === undefined || version === undefined) return undefined;
  return {
    name: beginningOf(name, MAX_INFO_LENGTH),
    version: beginningOf(version, MAX_INFO_LENGTH),
  };
}

const reject = (status: number, id: RequestId | null, error: RpcError): Inbound => ({
  kind: 'reject',
  status,
  id,
  error,
});
