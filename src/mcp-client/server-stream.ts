import type { Timers } from '../dispatch/timers.ts';
import type { BrokerError } from '../domain/errors.ts';
import { discardBody } from './bounded-body.ts';
import { createEventStreamReader, type StreamPosition } from './event-stream.ts';
import { mediaType } from './http-exchange.ts';
import type { UnaskedMessage } from './http-reply.ts';
import { type OpenStream, reopenStream } from './reopen-stream.ts';
import { parseJsonRpc } from './rpc-message.ts';
import { createUnaskedRate } from './unasked-rate.ts';

/** What following a server's own stream needs. */
export interface ServerStream {
  readonly open: OpenStream;
  readonly timers: Timers;
  readonly maxBytes: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Takes one message in. Throws what ends the connection. */
  readonly onUnasked: (message: UnaskedMessage, length: number) => void;
  /** The server does not know the session any more. */
  readonly onSessionGone: () => void;
  readonly onFlood: (error: BrokerError) => void;
  /** What a stream that cannot be read as one is reported as. */
  readonly flood: () => BrokerError;
}

/**
 * Follows the stream on which a 2025 server says what belongs to no request of ours, and opens it again
 * where it broke off. A server that offers none (405) is left alone. Never rejects.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#listening-for-messages-from-the-server
 */
export async function followServerStream(stream: ServerStream): Promise<void> {
  const { open, timers, signal } = stream;
  const position: StreamPosition = {};
  const mayGoOn = createUnaskedRate(timers);
  let wasOpen = false;
  let response: Response | number | undefined = await open(position, signal).catch(() => undefined);
  if (response !== undefined && !isStream(response)) {
    discardBody(response);
    response = response.status;
  }
  for (;;) {
    // Before there was a stream it only says that there is none: many servers route nothing but POST.
    if (response === 404 && wasOpen) stream.onSessionGone();
    // An answer that never came is tried again; one that is no stream is an answer.
    if (typeof response === 'number' && response < 500) return;
    if (response instanceof Response) {
      wasOpen = true;
      if (!(await follow(response))) return;
    }
    response = await reopenStream(open, position, timers, signal);
    if (response === undefined || signal.aborted) return;
  }

  /** Reads a stream to its end; `false` when it was more than can be taken. */
  async function follow(of: Response): Promise<boolean> {
    let refused: BrokerError | undefined;
    const events = createEventStreamReader(
      stream.maxBytes,
      (data) => {
        if (refused !== undefined || data.trim() === '') return;
        const message = parseJsonRpc(data);
        if (message.kind !== 'request' && message.kind !== 'notification') return;
        try {
          stream.onUnasked(message, data.length);
        } catch (error) {
          refused = error as BrokerError;
        }
      },
      position,
    );
    const reader = of.body?.getReader();
    try {
      while (reader !== undefined && refused === undefined) {
        const { done, value } = await reader.read();
        if (done) return true;
        // Attack: comments without end are no event, and cost all the same.
        if (!mayGoOn(value.byteLength) || events.push(value) !== undefined)
          refused ??= stream.flood();
      }
    } catch {
      return true;
    }
    if (refused === undefined) return true;
    void reader?.cancel().catch(() => undefined);
    stream.onFlood(refused);
    return false;
  }
}

const isStream = (response: Response): boolean =>
  response.ok && mediaType(response) === 'text/event-stream';
