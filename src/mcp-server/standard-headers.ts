import { decodeHeaderValue } from '../domain/header-value.ts';
import { stringMember } from '../domain/json.ts';
import type { RpcError, RpcRequest } from '../domain/json-rpc.ts';
import { headerMismatch } from '../respond/rpc-errors.ts';
import type { ReceivedHeaders } from './http-headers.ts';

/** The MCP headers of one HTTP request, as received. */
export interface StandardHeaders {
  readonly protocolVersion?: string | undefined;
  readonly method?: string | undefined;
  readonly name?: string | undefined;
}

/** The MCP headers of a request. One sent twice arrives joined by a line break, so it agrees with no body. */
export const readStandardHeaders = ({
  protocolVersion,
  method,
  name,
}: ReceivedHeaders): StandardHeaders => ({
  protocolVersion: protocolVersion?.join('\n'),
  method: method?.join('\n'),
  name: name?.join('\n'),
});

/** The member of `params` that `Mcp-Name` repeats, by method. */
const NAME_SOURCE: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

/**
 * Checks the headers every 2026 request must repeat from its body; `undefined` when they agree.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export function checkStandardHeaders(
  request: RpcRequest,
  headers: StandardHeaders,
): RpcError | undefined {
  if (headers.protocolVersion === undefined) {
    return headerMismatch('MCP-Protocol-Version is required');
  }
  if (headers.method === undefined) return headerMismatch('Mcp-Method is required');
  if (headers.name === undefined && nameOf(request) !== undefined) {
    return headerMismatch('Mcp-Name is required');
  }
  return checkGivenHeaders(request, headers);
}

/**
 * Checks `Mcp-Method` and `Mcp-Name` where they are given, whatever the era: a 2025 request needs
 * neither.
 *
 * Attack: an intermediary allows a call by its headers, and the body asks for another.
 */
export function checkGivenHeaders(
  request: RpcRequest,
  headers: StandardHeaders,
): RpcError | undefined {
  if (headers.method !== undefined && headers.method.trim() !== request.method) {
    return headerMismatch('Mcp-Method differs from the body');
  }
  if (headers.name === undefined || !NAME_SOURCE.has(request.method)) return undefined;
  const decoded = decodeHeaderValue(headers.name.trim());
  if (decoded === undefined) return headerMismatch('Mcp-Name is not canonical base64 of UTF-8');
  return decoded === nameOf(request) ? undefined : headerMismatch('Mcp-Name differs from the body');
}

function nameOf({ method, params }: RpcRequest): string | undefined {
  const source = NAME_SOURCE.get(method);
  return source === undefined ? undefined : stringMember(params, source);
}
