import type { Timers } from '../dispatch/timers.ts';
import type { ConnectionEvents, DispatchReply, ToolServerSpec } from '../dispatch/tool-server.ts';
import { BrokerError, type BrokerErrorCode } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { stringifyJson } from '../domain/json-text.ts';
import { Passing } from '../domain/passing.ts';
import { utf8Reader } from '../domain/utf8.ts';
import { startCallClock } from './call-clock.ts';
import { type Channel, type ChannelRequest, withProgressToken } from './channel.ts';
import { createLineSplitter } from './line-splitter.ts';
import { createOutbox } from './outbox.ts';
import { type ProcessGroup, startProcessGroup } from './process-group.ts';
import { parseJsonRpc, type ServerMessage } from './rpc-message.ts';
import { drainStderr, readable } from './stderr-drain.ts';
import { createUnasked } from './unasked.ts';
import { createUnaskedRate } from './unasked-rate.ts';

/** Lines in a row that are not JSON-RPC (banners, stray prints) before the server is given up. */
const MAX_NONSENSE = 50;
/** Bytes that may wait for a server that does not read its input. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** Milliseconds after its exit in which what a server wrote is still read. */
const LAST_WORDS_MS = 500;

interface Pending {
  settle(reply: DispatchReply): void;
  fail(error: BrokerError): void;
}

/**
 * Starts a tool server and speaks newline-delimited JSON-RPC with it.
 *
 * A server that floods, talks nonsense, dies or does not read its input fails its own requests and
 * nothing else.
 *
 * @throws BrokerError `ERR_SERVER_START`.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio
 */
export function openStdioChannel(
  spec: ToolServerSpec & { readonly kind: 'stdio' },
  events: ConnectionEvents,
  deps: {
    readonly timers: Timers;
    /** Never to be logged, whatever the server writes. */
    readonly secrets: readonly string[];
    readonly log: (line: string) => void;
  },
): Channel {
  const { timers, secrets, log } = deps;
  const group: ProcessGroup = startProcessGroup(spec, timers);
  const unasked = createUnasked(events, spec.isolation === 'session');
  const mayGoOn = createUnaskedRate(timers);
  const outbox = createOutbox(group.stdin);
  const pending = new Passing<number, Pending>();
  let lastId = 0;
  let nonsense = 0;
  let strays = 0;
  let failure: BrokerError | undefined;

  const serverError = (code: BrokerErrorCode, what: string): BrokerError =>
    new BrokerError(code, `tool server ${spec.name} ${what}`);

  const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();

  function endWith(error: BrokerError): void {
    if (failure !== undefined) return;
    failure = error;
    for (const request of pending.values()) request.fail(error);
    pending.clear();
    markClosed();
  }

  function fail(error: BrokerError): void {
    endWith(error);
    group.stdout.destroy();
    group.kill();
  }

  function write(message: JsonObject): void {
    if (failure === undefined) group.stdin.write(`${stringifyJson(message)}\n`);
  }

  function writeAnswer(id: Json, answer: JsonObject): void {
    if (group.stdin.writableLength > MAX_WAITING_BYTES) {
      fail(serverError('ERR_SERVER_FLOOD', 'asks without reading the answers'));
    } else write({ jsonrpc: '2.0', id, ...answer });
  }

  function takeLine(line: Buffer): void {
    if (failure !== undefined) return;
    let text: string;
    try {
      text = decodeLine(line);
    } catch {
      takeNonsense(line);
      return;
    }
    if (text.trim() === '') return;
    const message = parseJsonRpc(text);
    if (message.kind === 'nonsense') {
      const request = message.id === undefined ? undefined : pending.get(message.id);
      if (request === undefined) takeNonsense(line);
      else request.fail(serverError('ERR_SERVER_PROTOCOL', 'sent a malformed reply'));
      return;
    }
    nonsense = 0;
    takeMessage(message, text.length);
  }

  function takeMessage(
    message: Exclude<ServerMessage, { kind: 'nonsense' }>,
    length: number,
  ): void {
    if (message.kind === 'reply') {
      const request = pending.get(message.id);
      if (request === undefined) takeStray(`reply to no request of ours (id ${message.id})`);
      else request.settle(message.reply);
    } else if (message.kind === 'stray_error') {
      takeStray(`error ${message.error.code} that names no request`);
    } else if (!mayGoOn(length)) {
      fail(serverError('ERR_SERVER_FLOOD', 'sends without end what nobody asked for'));
    } else if (
      !unasked.take(message, (id, answer) => writeAnswer(id, answer as unknown as JsonObject))
    ) {
      fail(serverError('ERR_SERVER_FLOOD', 'asks too much at once'));
    }
  }

  /**
   * A request that was given up may be answered late, once each; more answers nothing. Attack: replies
   * without end, of which each writes a line of the log.
   */
  function takeStray(what: string): void {
    strays += 1;
    log(what);
    if (strays > lastId + MAX_NONSENSE) {
      fail(serverError('ERR_SERVER_FLOOD', 'answers what it was not asked'));
    }
  }

  function takeNonsense(line: Buffer): void {
    nonsense += 1;
    log(`not JSON-RPC on standard output: ${readable(line, 200, secrets)}`);
    if (nonsense > MAX_NONSENSE) {
      fail(serverError('ERR_SERVER_PROTOCOL', 'writes what is not JSON-RPC to standard output'));
    }
  }

  const split = createLineSplitter(spec.maxMessageBytes, {
    onLine: takeLine,
    onTooLong: () => fail(serverError('ERR_SERVER_FLOOD', 'sent a message that is too large')),
  });
  group.stdout.on('data', (chunk: Buffer) => {
    try {
      split(chunk);
    } catch (cause) {
      // Intentionally ends this server and not the broker: a fault of ours in an owner's callback.
      fail(new BrokerError('ERR_INTERNAL', `reading from ${spec.name} failed`, { cause }));
    }
  });
  const goneQuiet = (): void => fail(serverError('ERR_SERVER_CLOSED', 'closed its pipes'));
  group.stdout.on('end', () => timers.after(LAST_WORDS_MS, goneQuiet));
  group.stdout.on('error', goneQuiet);
  // EPIPE: it no longer reads. What it has already said is still taken in before the end.
  group.stdin.on('error', () => timers.after(LAST_WORDS_MS, goneQuiet));
  drainStderr(group.stderr, deps);

  void group.ended.then((end) => {
    if (end.kind === 'not_started') {
      endWith(
        new BrokerError(
          'ERR_SERVER_START',
          `tool server ${spec.name} cannot be started: ${startProblem(end.errno)}`,
          {
            hint: 'check its command and cwd in mcp.config.json',
          },
        ),
      );
      return;
    }
    const how = end.signal === null ? `code ${end.code}` : `signal ${end.signal}`;
    const finish = (): void => {
      endWith(serverError('ERR_SERVER_CLOSED', `ended with ${how}`));
      // A descendant that left the group may still hold the other ends.
      group.stdout.destroy();
      group.stderr.destroy();
    };
    if (group.stdout.readableEnded || group.stdout.destroyed) finish();
    else {
      const cancel = timers.after(LAST_WORDS_MS, finish);
      group.stdout.once('close', () => {
        cancel();
        finish();
      });
    }
  });

  function request(wanted: ChannelRequest): Promise<DispatchReply> {
    if (failure !== undefined) return Promise.reject(failure);
    if (wanted.signal?.aborted) return Promise.resolve({ kind: 'cancelled' });
    lastId += 1;
    const id = lastId;
    const params =
      wanted.reports?.onProgress === undefined
        ? wanted.params
        : withProgressToken(wanted.params, id);
    const text = `${stringifyJson({ jsonrpc: '2.0', id, method: wanted.method, params })}\n`;
    const { waiting } = outbox;
    if (waiting > 0 && waiting + text.length > MAX_WAITING_BYTES) {
      wanted.onTimeout?.();
      return Promise.reject(serverError('ERR_SERVER_TIMEOUT', 'does not read its input'));
    }

    return new Promise<DispatchReply>((resolve, reject) => {
      let state: 'posted' | 'sent' | 'over' = 'posted';
      const done = (): void => {
        state = 'over';
        pending.delete(id);
        clock.stop();
        endReports?.();
        wanted.signal?.removeEventListener('abort', onAbort);
      };
      const giveUp = (reason: string): void => {
        if (!wanted.isCancellable) return;
        write({
          jsonrpc: '2.0',
          method: 'notifications/cancelled',
          params: { requestId: id, reason },
        });
      };
      const onAbort = (): void => {
        const isSent = state === 'sent';
        done();
        if (isSent) giveUp('cancelled by the client');
        resolve({ kind: 'cancelled' });
      };
      const clock = startCallClock(timers, wanted.timeoutMs, () => {
        done();
        giveUp('timed out');
        reject(serverError('ERR_SERVER_TIMEOUT', `did not answer in ${wanted.timeoutMs} ms`));
        if (group.stdin.writableLength > 0) {
          fail(serverError('ERR_SERVER_CLOSED', 'does not read its input'));
        } else wanted.onTimeout?.();
      });
      wanted.signal?.addEventListener('abort', onAbort, { once: true });
      const endReports =
        wanted.reports === undefined ? undefined : unasked.begin(id, wanted.reports, clock);
      pending.set(id, {
        settle(reply) {
          done();
          resolve(reply);
        },
        fail(error) {
          done();
          reject(error);
        },
      });
      outbox.post(text, () => {
        if (state === 'over') return false;
        try {
          if (wanted.mayWrite === undefined || wanted.mayWrite()) {
            state = 'sent';
            return true;
          }
          done();
          resolve({ kind: 'not_sent' });
        } catch (error) {
          done();
          reject(error);
        }
        return false;
      });
    });
  }

  return {
    closed,
    fail,
    request,
    async notify(method) {
      if (failure !== undefined) throw failure;
      write({ jsonrpc: '2.0', method });
    },
    async close() {
      endWith(serverError('ERR_SERVER_CLOSED', 'was closed'));
      await group.stop();
    },
  };
}

const readUtf8 = utf8Reader({ ignoreBOM: false });

function decodeLine(line: Buffer): string {
  return readUtf8(line.at(-1) === 0x0d ? line.subarray(0, -1) : line);
}

/** Says for a person why nothing was started. With ENOENT the system does not tell command from folder. */
function startProblem(errno: string): string {
  if (errno === 'ENOENT') return 'its command or cwd was not found (ENOENT)';
  if (errno === 'EACCES') return 'its command or cwd may not be used (EACCES)';
  return errno;
}
