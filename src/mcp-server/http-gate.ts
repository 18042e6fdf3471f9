import { isServerKey } from '../domain/tool-ref.ts';
import type { ReceivedHeaders } from './http-headers.ts';

/** What a path names: every granted server, or one; or nothing of ours. */
export type Target =
  | { readonly kind: 'all' }
  | { readonly kind: 'one'; readonly server: string }
  | undefined;

/** Reads the path of a request. A query string is not looked at: nothing in a URL is a credential. */
export function readTarget(url: string): Target {
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  if (path === '/mcp') return { kind: 'all' };
  if (!path.startsWith('/mcp/')) return undefined;
  const server = path.slice('/mcp/'.length);
  return isServerKey(server) ? { kind: 'one', server } : undefined;
}

/**
 * Reads the bearer token: `undefined` when none is presented, empty (which no token is) when what is
 * presented cannot be read as one.
 *
 * Attack: two `Authorization` headers, of which a proxy checks one and we another.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function readBearer({
  authorization: values = [],
}: Pick<ReceivedHeaders, 'authorization'>): string | undefined {
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length > 1) return '';
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(value)?.[1];
  return token ?? (/^bearer(?: |$)/i.test(value) ? '' : undefined);
}

/** Whether an `Accept` header takes an event stream; one that is not there takes anything. */
export const takesEventStream = (accept: string | undefined): boolean =>
  accept === undefined || /text\/event-stream|\*\/\*|text\/\*/i.test(accept);
