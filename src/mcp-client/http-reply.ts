import type { Timers } from '../dispatch/timers.ts';
import type { Era } from '../domain/era.ts';
import { BrokerError } from '../domain/errors.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import { discardBody, readBoundedBody } from './bounded-body.ts';
import { createEventStreamReader, type StreamPosition } from './event-stream.ts';
import { HttpStatusError, mediaType } from './http-exchange.ts';
import { parseJsonRpc, type ServerMessage } from './rpc-message.ts';
import { createUnaskedRate } from './unasked-rate.ts';

/** Milliseconds a stream may go on after the reply before it is cut; until then its socket can be used again. */
const AFTER_REPLY_MS = 1_000;

/** A stream may be this many times as long as the largest message: comments and other events count. */
const MAX_STREAM_MESSAGES = 8;

/** How the response to one request is read. */
export interface ReplyReading {
  readonly server: string;
  readonly era: Era;
  /** The request's id; a reply with any other is not for it. */
  readonly id: number;
  readonly maxBytes: number;
  readonly timers: Timers;
  /** Takes what else the server says on the stream, with its length. Throws to end the reading. */
  readonly onUnasked: (message: UnaskedMessage, length: number) => void;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** A stream that is followed and not waited for; only its rate is bounded. */
  readonly isEndless?: boolean;
  /** Opens the stream again where it broke off; absent in the 2026 era, which has no such thing. */
  readonly resume?: (position: StreamPosition) => Promise<Response | undefined>;
}

/** What a server says of its own accord. */
export type UnaskedMessage = ServerMessage & { readonly kind: 'request' | 'notification' };

/**
 * Reads the reply to one POSTed request, from a JSON body or an event stream. In the 2026 era a
 * client-error status may carry the JSON-RPC error in its body.
 *
 * @throws BrokerError `ERR_SERVER_HTTP`, `ERR_SERVER_PROTOCOL`, `ERR_SERVER_FLOOD`,
 * `ERR_SERVER_CLOSED`; whatever reading the body throws.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
 */
export async function readReply(response: Response, reading: ReplyReading): Promise<RpcReply> {
  const type = mediaType(response);
  if (!response.ok) return readErrorStatus(response, type, reading);
  if (type === 'application/json') return fromJson(response, reading);
  if (type === 'text/event-stream') return fromStream(response, reading);
  discardBody(response);
  throw new BrokerError(
    'ERR_SERVER_PROTOCOL',
    `tool server ${reading.server} answered neither with JSON nor with an event stream`,
  );
}

async function readErrorStatus(
  response: Response,
  type: string,
  reading: ReplyReading,
): Promise<RpcReply> {
  const { status } = response;
  const mayCarryReply =
    reading.era === '2026' && status >= 400 && status < 500 && status !== 401 && status !== 403;
  if (mayCarryReply && type === 'application/json') {
    const body = await readBoundedBody(response, reading.maxBytes);
    const message = body.kind === 'text' ? parseJsonRpc(body.text) : undefined;
    if (message?.kind === 'stray_error') return { kind: 'error', error: message.error };
    if (message?.kind === 'reply' && message.id === reading.id && message.reply.kind === 'error') {
      return message.reply;
    }
  }
  discardBody(response);
  throw new HttpStatusError(reading.server, status);
}

async function fromJson(response: Response, reading: ReplyReading): Promise<RpcReply> {
  const body = await readBoundedBody(response, reading.maxBytes);
  if (body.kind === 'too_long') throw tooLarge(reading);
  const message = body.kind === 'text' ? parseJsonRpc(body.text) : undefined;
  if (message?.kind === 'stray_error') return { kind: 'error', error: message.error };
  if (message?.kind === 'reply' && message.id === reading.id) return message.reply;
  throw notAReply(reading);
}

/** Reads a stream until the reply, opening it again where the server ended it early. */
async function fromStream(first: Response, reading: ReplyReading): Promise<RpcReply> {
  const progress: StreamProgress = { position: {}, bytes: 0 };
  let response = first;
  for (;;) {
    const reply = await readStream(response, reading, progress);
    if (reply !== undefined) return reply;
    const { position } = progress;
    const again = position.lastEventId === undefined ? undefined : await reading.resume?.(position);
    if (again === undefined) {
      throw new BrokerError(
        'ERR_SERVER_CLOSED',
        `tool server ${reading.server} ended the stream without a reply`,
      );
    }
    response = again;
  }
}

interface StreamProgress {
  readonly position: StreamPosition;
  /** Read so far, of all the streams the reply came on. */
  bytes: number;
}

/** Reads one stream; `undefined` when it ended before the reply. */
async function readStream(
  response: Response,
  reading: ReplyReading,
  progress: StreamProgress,
): Promise<RpcReply | undefined> {
  let reply: RpcReply | undefined;
  let isNonsense = false;
  const onData = (data: string): void => {
    if (reply !== undefined || data.trim() === '') return;
    const message = parseJsonRpc(data);
    if (message.kind === 'reply' && message.id === reading.id) reply = message.reply;
    else if (message.kind === 'request' || message.kind === 'notification') {
      reading.onUnasked(message, data.length);
    } else if (message.kind === 'nonsense') isNonsense = true;
  };
  const events = createEventStreamReader(reading.maxBytes, onData, progress.position);
  if (response.body === null) throw notAReply(reading);
  const reader = response.body.getReader();
  const mayGoOn = createUnaskedRate(reading.timers);
  try {
    while (reply === undefined) {
      const { done, value } = await read(reader, reading, progress);
      if (done) return undefined;
      const fault = events.push(value);
      if (reply !== undefined) break;
      progress.bytes += value.byteLength;
      const isTooMuch =
        reading.isEndless === true
          ? !mayGoOn(value.byteLength)
          : progress.bytes > MAX_STREAM_MESSAGES * reading.maxBytes;
      if (isTooMuch) throw tooLarge(reading);
      if (fault === 'too_long') throw tooLarge(reading);
      if (fault !== undefined || isNonsense) throw notAReply(reading);
    }
  } catch (error) {
    void reader.cancel().catch(() => undefined);
    throw error;
  }
  void readOut(reader, reading.timers);
  return reply;
}

/** Reads on; a stream that broke off and can be opened again has ended. */
async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  reading: ReplyReading,
  { position }: StreamProgress,
): Promise<Awaited<ReturnType<typeof reader.read>>> {
  try {
    return await reader.read();
  } catch (error) {
    const mayResume = reading.resume !== undefined && position.lastEventId !== undefined;
    if (reading.signal.aborted || !mayResume) throw error;
    return { done: true, value: undefined };
  }
}

async function readOut(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  timers: Timers,
): Promise<void> {
  const cut = timers.after(AFTER_REPLY_MS, () => void reader.cancel().catch(() => undefined));
  try {
    while (!(await reader.read()).done);
  } catch {
    // The reply is in; how the stream ends does not matter.
  }
  cut();
}

const tooLarge = ({ server }: ReplyReading): BrokerError =>
  new BrokerError('ERR_SERVER_FLOOD', `tool server ${server} sent a message that is too large`);

const notAReply = ({ server }: ReplyReading): BrokerError =>
  new BrokerError('ERR_SERVER_PROTOCOL', `tool server ${server} sent what is not a reply`);
