import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Address } from './sdk-clients.ts';

/** A client that writes and reads JSON-RPC as text, so that nothing is lost on its own side. */
export interface RawPeer {
  /**
   * Sends a request given as JSON text and resolves with every message up to and with its reply, as
   * text. `id` is how the reply will spell it.
   */
  ask(text: string, id: string): Promise<readonly string[]>;
  /** Sends a notification given as JSON text. */
  tell(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Connects a raw client; it makes no handshake of its own. */
export function rawPeer(address: Address, headers: Record<string, string> = {}): RawPeer {
  return address.kind === 'stdio' ? linePeer(address) : httpPeer(address, headers);
}

function linePeer(address: Address & { readonly kind: 'stdio' }): RawPeer {
  const child: ChildProcess = spawn(address.command, [...address.args], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...address.env },
    ...(address.cwd === undefined ? {} : { cwd: address.cwd }),
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[
    Symbol.asyncIterator
  ]();
  return {
    async ask(text, id) {
      child.stdin?.write(`${text}\n`);
      const messages: string[] = [];
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`no reply to ${id}: ${messages.join('\n')}`);
        messages.push(value);
        if (isReplyTo(value, id)) return messages;
      }
    },
    async tell(text) {
      child.stdin?.write(`${text}\n`);
    },
    async close() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.stdin?.end();
      await ended;
    },
  };
}

function httpPeer(
  address: Address & { readonly kind: 'http' },
  headers: Record<string, string>,
): RawPeer {
  let session: string | null = null;
  const post = async (body: string) => {
    const { method, params } = JSON.parse(body);
    const response = await fetch(address.url, {
      method: 'POST',
      body,
      headers: {
        ...headers,
        ...(session === null ? {} : { 'mcp-session-id': session }),
        ...('mcp-protocol-version' in headers ? { 'mcp-method': method } : {}),
        ...('mcp-protocol-version' in headers && params?.name !== undefined
          ? { 'mcp-name': params.name }
          : {}),
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(address.token === undefined ? {} : { authorization: `Bearer ${address.token}` }),
      },
    });
    session ??= response.headers.get('mcp-session-id');
    return response;
  };
  return {
    async ask(text, id) {
      const response = await post(text);
      const body = await response.text();
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
      const messages = isStream
        ? [...body.matchAll(/^data: ?(\{.*)$/gm)].map(([, data]) => data ?? '')
        : [body];
      if (!isReplyTo(messages.at(-1) ?? '{}', id)) {
        throw new Error(`no reply to ${id}: ${response.status} ${body}`);
      }
      return messages;
    },
    async tell(text) {
      await (await post(text)).text();
    },
    async close() {},
  };
}

const isReplyTo = (text: string, id: string): boolean => {
  const message = JSON.parse(text);
  return !('method' in message) && JSON.stringify(message.id) === id;
};

/** Reads JSON with each number as it was written: `{ number: '12345678901234567890' }`. */
export const parseExact = (text: string): unknown =>
  JSON.parse(text, ((_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' ? { number: context.source } : value) as never);
