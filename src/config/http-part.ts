import type { Environment } from './clean-environment.ts';
import { configError } from './config-error.ts';
import type { ServerEntry } from './config-schema.ts';
import { formatKeyPath } from './key-path.ts';
import { noteSecret, resolveReferences } from './resolve-references.ts';
import type { SpecContext } from './server-specs.ts';

/** RFC 9110 section 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Headers towards a tool server that are the broker's own, or would change how the message is read. */
const OWN_HEADERS: readonly string[] = [
  'accept',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'last-event-id',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const SECRET_HEADER = /auth|token|secret|key|cookie|passw|credential/i;

/**
 * Reads address and headers of an HTTP tool server, references resolved.
 *
 * @throws BrokerError `ERR_CONFIG` naming the key, never the value.
 */
export function readHttpPart(
  name: string,
  entry: ServerEntry,
  context: SpecContext,
): { readonly url: string; readonly headers: Readonly<Record<string, string>> } {
  const urlKey = formatKeyPath(['mcpServers', name, 'url']);
  const url = readUrl(resolveReferences(entry.url ?? '', urlKey, context), urlKey);
  const headers = readHeaders(entry.headers ?? {}, ['mcpServers', name, 'headers'], context);
  if (url.protocol === 'http:' && Object.keys(headers).length > 0) {
    if (usesProxy(context.env)) {
      context.warnings.push(
        `${urlKey} is not https: NODE_USE_ENV_PROXY hands its headers to a proxy, unless NO_PROXY names it`,
      );
    } else if (!isLoopback(url.hostname)) {
      context.warnings.push(`${urlKey} is not https: its headers travel in the clear`);
    }
  }
  return { url: url.href, headers };
}

/**
 * Reads headers, references resolved; what looks like a credential is a secret.
 *
 * @param path where they stand.
 * @throws BrokerError `ERR_CONFIG` naming the key, never the value.
 */
export function readHeaders(
  said: Readonly<Record<string, string>>,
  path: readonly PropertyKey[],
  context: SpecContext,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [header, text] of Object.entries(said)) {
    const key = formatKeyPath([...path, header]);
    const lower = header.toLowerCase();
    if (!HEADER_NAME.test(header)) throw configError(`${key}: not a header's name`);
    if (OWN_HEADERS.includes(lower) || lower.startsWith('mcp-')) {
      throw configError(`${key}: this header is the broker's own`);
    }
    if (Object.keys(headers).some((other) => other.toLowerCase() === lower)) {
      throw configError(`${key}: the header is there twice`);
    }
    const value = resolveReferences(text, key, context);
    // A line break would let a secret's content add headers (request splitting).
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw configError(`${key}: holds a character no header may hold`);
    }
    if (SECRET_HEADER.test(header)) {
      noteSecret(context.secrets, value);
      noteSecret(context.secrets, value.replace(/^\S+\s+/, ''));
    }
    headers[header] = value;
  }
  return headers;
}

/**
 * Reads an http or https address without credentials in it.
 *
 * @throws BrokerError `ERR_CONFIG` naming the key.
 */
export function readUrl(text: string, key: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw configError(`${key}: not a URL`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw configError(`${key}: neither http nor https`);
  }
  if (url.username !== '' || url.password !== '') {
    throw configError(`${key}: holds a user name or password`, 'put credentials in headers');
  }
  return url;
}

/** Whether Node was told to use the environment's proxies; `HTTP_PROXY` alone changes nothing. */
const usesProxy = ({ NODE_USE_ENV_PROXY, NODE_OPTIONS }: Environment): boolean =>
  NODE_USE_ENV_PROXY === '1' || NODE_OPTIONS?.includes('--use-env-proxy') === true;

/** Whether a host can only be this machine. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
