import { request } from 'node:http';

/** The id of the `initialize` that support sends by itself. */
export const SUPPORT_ID = 'test-support';

const opened = new Map<string, Promise<string | undefined>>();

/**
 * Opens a transport session, as a 2025 client does; `undefined` when the broker opens none. Of the
 * revision before the newest, whose answers are one JSON body however long they take.
 */
export function openTransportSession(
  port: number,
  authorization: string,
  path = '/mcp',
  params: object = { protocolVersion: '2025-06-18', capabilities: {} },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        agent: false,
        headers: {
          authorization,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
      },
      (answer) => {
        const id = answer.headers['mcp-session-id'];
        answer.resume().on('end', () => resolve(typeof id === 'string' ? id : undefined));
      },
    );
    sent.on('error', () => resolve(undefined));
    const message = { jsonrpc: '2.0', id: SUPPORT_ID, method: 'initialize', params };
    sent.end(JSON.stringify(message));
  });
}

/**
 * The transport session that a request of 2025 needs, opened once per port, token and path; `undefined`
 * for `initialize`, for 2026, and for what is no message.
 */
export async function sessionFor(
  port: number,
  path: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: string | Buffer | undefined,
): Promise<string | undefined> {
  const { authorization } = headers;
  if (typeof authorization !== 'string' || headers['mcp-protocol-version'] === '2026-07-28') return;
  if (!/^bearer /i.test(authorization) || !/^\/mcp(?:$|[/?])/.test(path)) return;
  if ('mcp-session-id' in headers || !needsSession(body)) return;
  return cached(port, path, authorization);
}

/** A transport session of this token on a path, opened once. @throws when the broker opens none. */
export async function sessionOf(port: number, token: string, path = '/mcp'): Promise<string> {
  const session = await cached(port, path, `Bearer ${token}`);
  if (session === undefined) throw new Error('no transport session');
  return session;
}

function cached(port: number, path: string, authorization: string): Promise<string | undefined> {
  const key = `${port} ${path} ${authorization}`;
  const session = opened.get(key) ?? openTransportSession(port, authorization, path);
  opened.set(key, session);
  return session;
}

function needsSession(body: string | Buffer | undefined): boolean {
  try {
    const message: unknown = JSON.parse(String(body));
    if (typeof message !== 'object' || message === null || Array.isArray(message)) return false;
    if (String(body).includes('io.modelcontextprotocol/protocolVersion')) return false;
    return !('method' in message && message.method === 'initialize');
  } catch {
    return false;
  }
}
