import type { Era } from '../domain/era.ts';
import { BrokerError } from '../domain/errors.ts';
import { type JsonObject, member, stringMember } from '../domain/json.ts';
import { encodeFieldValue, isReservedHeader } from './http-headers.ts';

/** What a tool server is told of the protocol and its session in headers. */
export interface HttpSession {
  readonly era: Era;
  /** The revision agreed on; absent before that in the 2025 era. */
  readonly revision: string | undefined;
  /** Its `Mcp-Session-Id`. */
  readonly sessionId: string | undefined;
}

/** An answer with a status that carries no reply. */
export class HttpStatusError extends BrokerError {
  readonly status: number;

  constructor(server: string, status: number) {
    const isRedirect = status >= 300 && status < 400;
    super(
      'ERR_SERVER_HTTP',
      `tool server ${server} answered with HTTP ${status}${isRedirect ? ', a redirect, which is not followed' : ''}`,
      status === 401 || status === 403
        ? { hint: `check the headers of ${server} in mcp.config.json` }
        : undefined,
    );
    this.name = 'HttpStatusError';
    this.status = status;
  }
}

/**
 * The headers of one request: the entry's own, then ours, which win. Nothing of a client's request
 * takes part but what it names and what the tool's definition declares.
 *
 * @throws BrokerError `ERR_SERVER_HTTP` for an entry whose headers cannot be sent. The cause is left
 * out: it quotes the value.
 */
export function requestHeaders(
  server: { readonly name: string; readonly headers: Readonly<Record<string, string>> },
  session: HttpSession,
  version: string,
  message?: JsonObject,
  extra?: Readonly<Record<string, string>>,
): Headers {
  const headers = new Headers({ 'User-Agent': `toolgrant/${version}` });
  try {
    for (const [name, value] of Object.entries(server.headers)) {
      if (!isReservedHeader(name)) headers.set(name, value);
    }
  } catch {
    throw new BrokerError('ERR_SERVER_HTTP', `a header of ${server.name} cannot be sent`, {
      hint: 'header values hold no line breaks and no characters beyond Latin-1',
    });
  }
  headers.set('Accept', 'application/json, text/event-stream');
  if (session.revision !== undefined) headers.set('MCP-Protocol-Version', session.revision);
  if (session.sessionId !== undefined) headers.set('Mcp-Session-Id', session.sessionId);
  if (message === undefined) return headers;
  headers.set('Content-Type', 'application/json');
  const method = stringMember(message, 'method');
  if (session.era === '2026' && method !== undefined) {
    headers.set('Mcp-Method', method);
    const source = NAME_SOURCE.get(method);
    const name = source === undefined ? undefined : stringMember(member(message, 'params'), source);
    if (name !== undefined) headers.set('Mcp-Name', encodeFieldValue(name));
    for (const [key, value] of Object.entries(extra ?? {})) headers.set(key, value);
  }
  return headers;
}

/**
 * The parameter `Mcp-Name` repeats, by method; of the tasks extension too.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#standard-request-headers
 */
const NAME_SOURCE: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

/**
 * What a failed `fetch` is reported as: its error code, and never its message, which may quote the
 * address or a header.
 */
export function networkError(server: string, error: unknown): BrokerError {
  const cause = (error as { cause?: unknown } | null)?.cause;
  const code = stringMember({ code: (cause as { code?: unknown } | undefined)?.code }, 'code');
  return new BrokerError(
    'ERR_SERVER_HTTP',
    `tool server ${server} cannot be reached${code === undefined ? '' : `: ${code}`}`,
  );
}

/** The media type of a response without its parameters, in lower case. */
export const mediaType = (response: Response): string =>
  (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
