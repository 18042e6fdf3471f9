import type { Timers } from '../dispatch/timers.ts';
import { discardBody } from './bounded-body.ts';
import type { StreamPosition } from './event-stream.ts';
import { mediaType } from './http-exchange.ts';
import { pause } from './pause.ts';

/** Wait before a stream is opened again, where the server names none; milliseconds. */
const USUAL_MS = 1_000;
/** A server that names less is not asked more often; milliseconds. */
const SHORTEST_MS = 100;
/** Milliseconds. */
const LONGEST_MS = 60_000;
/** Attempts in a row that may fail. */
const MAX_FAILURES = 6;

/** Milliseconds to wait before a stream that broke off is opened again. */
export const reopenAfterMs = ({ retryMs = USUAL_MS }: StreamPosition, failures: number): number =>
  Math.min(Math.max(retryMs, SHORTEST_MS) * 2 ** Math.min(failures, 10), LONGEST_MS);

/** Opens an event stream with GET at a position. */
export type OpenStream = (position: StreamPosition, signal: AbortSignal) => Promise<Response>;

/**
 * Opens an event stream again where it broke off, waiting as long as the server says.
 *
 * @returns `undefined` when it will not be; or the status of an answer that is no stream.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
 */
export async function reopenStream(
  open: OpenStream,
  position: StreamPosition,
  timers: Timers,
  signal: AbortSignal,
): Promise<Response | number | undefined> {
  for (let failures = 0; failures < MAX_FAILURES; failures += 1) {
    await pause(timers, reopenAfterMs(position, failures), signal);
    if (signal.aborted) return undefined;
    const response = await open(position, signal).catch(() => undefined);
    if (response === undefined) continue;
    if (response.ok && mediaType(response) === 'text/event-stream') return response;
    discardBody(response);
    if (!mayComeBack(response.status)) return response.status;
  }
  return undefined;
}

/** Whether a status says nothing against trying again. 409: the server has not noticed that it broke off. */
const mayComeBack = (status: number): boolean => status >= 500 || status === 409 || status === 429;
