/** A header's values in the order received, one for each time it was sent. */
type Values = string[] | undefined;

/** The headers of one HTTP request that what becomes of it depends on. */
export interface ReceivedHeaders {
  host?: Values;
  origin?: Values;
  authorization?: Values;
  contentType?: Values;
  contentEncoding?: Values;
  protocolVersion?: Values;
  sessionId?: Values;
  method?: Values;
  name?: Values;
  lastEventId?: Values;
  /** Those of the `Mcp-Param-*` headers; see `IncomingRequest`. */
  params: ReadonlyMap<string, string>;
}

const PARAM_PREFIX = 'mcp-param-';
const NO_PARAMS: ReadonlyMap<string, string> = new Map();

/**
 * Reads the headers of a request.
 *
 * @param raw names and values in turn, as received.
 */
export function readHeaders(raw: readonly string[]): Readonly<ReceivedHeaders> {
  const headers: ReceivedHeaders = {
    host: undefined,
    origin: undefined,
    authorization: undefined,
    contentType: undefined,
    contentEncoding: undefined,
    protocolVersion: undefined,
    sessionId: undefined,
    method: undefined,
    name: undefined,
    lastEventId: undefined,
    params: NO_PARAMS,
  };
  let params: Map<string, string> | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const value = raw[at + 1] ?? '';
    const header = (raw[at] ?? '').toLowerCase();
    switch (header) {
      case 'host':
        headers.host = plus(headers.host, value);
        break;
      case 'origin':
        headers.origin = plus(headers.origin, value);
        break;
      case 'authorization':
        headers.authorization = plus(headers.authorization, value);
        break;
      case 'content-type':
        headers.contentType = plus(headers.contentType, value);
        break;
      case 'content-encoding':
        headers.contentEncoding = plus(headers.contentEncoding, value);
        break;
      case 'mcp-protocol-version':
        headers.protocolVersion = plus(headers.protocolVersion, value);
        break;
      case 'mcp-session-id':
        headers.sessionId = plus(headers.sessionId, value);
        break;
      case 'mcp-method':
        headers.method = plus(headers.method, value);
        break;
      case 'mcp-name':
        headers.name = plus(headers.name, value);
        break;
      case 'last-event-id':
        headers.lastEventId = plus(headers.lastEventId, value);
        break;
      default:
        if (header.startsWith(PARAM_PREFIX)) {
          const param = header.slice(PARAM_PREFIX.length);
          const before = params?.get(param);
          params ??= new Map();
          params.set(param, before === undefined ? value : `${before}\n${value}`);
        }
    }
  }
  if (params !== undefined) headers.params = params;
  return headers;
}

function plus(values: Values, value: string): string[] {
  if (values === undefined) return [value];
  values.push(value);
  return values;
}
