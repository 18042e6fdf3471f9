import type { CancelTimer, Timers } from '../dispatch/timers.ts';
import type { DispatchReply } from '../dispatch/tool-server.ts';
import { BrokerError } from '../domain/errors.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import type { Channel } from './channel.ts';
import { envelope } from './handshake.ts';
import { pause } from './pause.ts';

/** Wait before a stream is opened again, doubled each time until one lasted; milliseconds. */
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** A stream that lived this long is one that lasts, milliseconds. */
const GOOD_STRETCH_MS = 30_000;
/** Attempts in a row that may fail before nobody is listened to any more. */
const MAX_FAILURES = 6;

/** How the first attempt to listen ended: with what the server honours, or without it listening. */
export type FirstListen =
  | { readonly kind: 'listening'; readonly honoured: JsonObject }
  | DispatchReply;

/** What is listened for, and who hears what becomes of it. */
export interface Listen {
  /** The `notifications` filter. */
  readonly filter: JsonObject;
  /** Whether what the server honours is worth listening for. */
  readonly suffices: (honoured: JsonObject) => boolean;
  readonly version: string;
  readonly timers: Timers;
  /** Milliseconds to the acknowledgement. */
  readonly timeoutMs: number;
  /** Of the first attempt alone: the use that wants it. */
  readonly signal?: AbortSignal;
  readonly mayWrite?: () => boolean;
  /** Listened to again after a break, in which changes may have been missed. */
  readonly onGap: () => void;
  /** It broke off and could not be had again. */
  readonly onLost: () => void;
}

/**
 * Listens to a 2026 server for what it says unasked, and again where the stream broke off, since
 * servers and what stands between close streams as they like.
 *
 * @returns `first` rejects as the channel's request does; `stop` is idempotent.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export function keepListening(
  channel: Channel,
  listen: Listen,
): { readonly first: Promise<FirstListen>; stop(): void } {
  const { timers } = listen;
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  void channel.closed.then(stop);

  /** Listens until the stream ends; `onAcknowledged` is told once when the server agreed. */
  async function once(
    onAcknowledged: (honoured: JsonObject) => void,
    use?: { readonly signal: AbortSignal; readonly mayWrite: (() => boolean) | undefined },
  ): Promise<DispatchReply> {
    const given = new AbortController();
    let cancelTimer: CancelTimer | undefined;
    const acknowledge = (params: JsonObject): void => {
      cancelTimer?.();
      const honoured = isJsonObject(params.notifications) ? params.notifications : {};
      if (listen.suffices(honoured)) onAcknowledged(honoured);
      else given.abort();
    };
    cancelTimer = timers.after(listen.timeoutMs, () => given.abort());
    try {
      return await channel.request({
        method: 'subscriptions/listen',
        params: { _meta: envelope(listen.version, {}), notifications: listen.filter },
        isCancellable: true,
        signal: AbortSignal.any([stopped.signal, given.signal, ...(use ? [use.signal] : [])]),
        ...(use?.mayWrite === undefined ? {} : { mayWrite: use.mayWrite }),
        reports: { onAcknowledged: acknowledge },
      });
    } catch (error) {
      if (error instanceof BrokerError && error.code === 'ERR_SERVER_FLOOD') channel.fail(error);
      throw error;
    } finally {
      cancelTimer();
    }
  }

  async function again(): Promise<void> {
    let failures = 0;
    let waits = 0;
    while (failures < MAX_FAILURES) {
      await pause(timers, Math.min(FIRST_MS * 2 ** waits, LONGEST_MS), stopped.signal);
      if (stopped.signal.aborted) return;
      let isHeard = false;
      let isGood = false;
      const cancelTimer = timers.after(GOOD_STRETCH_MS, () => {
        isGood = true;
      });
      await once(() => {
        isHeard = true;
        listen.onGap();
      }).catch(() => undefined);
      cancelTimer();
      failures = isHeard ? 0 : failures + 1;
      waits = isGood ? 0 : Math.min(waits + 1, 10);
    }
    if (!stopped.signal.aborted) listen.onLost();
  }

  const first = new Promise<FirstListen>((resolve, reject) => {
    // Only until it is agreed: after that the use is over, and its signal nobody's.
    const use = new AbortController();
    const onAbort = (): void => use.abort();
    listen.signal?.addEventListener('abort', onAbort, { once: true });
    if (listen.signal?.aborted === true) onAbort();
    let isHeard = false;
    const heard = (honoured: JsonObject): void => {
      isHeard = true;
      listen.signal?.removeEventListener('abort', onAbort);
      resolve({ kind: 'listening', honoured });
    };
    once(heard, { signal: use.signal, mayWrite: listen.mayWrite })
      .then(resolve, reject)
      .finally(() => {
        listen.signal?.removeEventListener('abort', onAbort);
        if (isHeard) void again();
        else stop();
      });
  });
  return { first, stop };
}
