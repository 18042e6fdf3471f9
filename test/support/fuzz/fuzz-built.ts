import { REVISION_2025 } from '../../../src/domain/era.ts';
import { member } from '../../../src/domain/json.ts';
import { readInbound } from '../../../src/mcp-server/inbound.ts';
import { LineReader } from '../../../src/mcp-server/line-reader.ts';
import { readJson } from '../../../src/mcp-server/wire.ts';
import type { Home } from '../live/home.ts';
import { logLines, type Served } from '../live/processes.ts';
import { RawSocket } from '../live/raw-socket.ts';
import { type Mutation, mutations } from './mutations.ts';

/** What a fuzzed broker did, in counts. */
export interface Fuzzed {
  /** Messages that were sent. */
  sent: number;
  /** Answers that said no. */
  refused: number;
  /** Requests without an answer, or with one too many. */
  unanswered: number;
  /** Lines of the log that speak of an error of ours. */
  errors: number;
}

/** Longest wait for one answer, milliseconds: beyond it the broker hangs. */
const CAP_MS = 20_000;
const CONNECTIONS = 8;

/** Sends changed messages over HTTP to a broker that runs, each connection one after another. */
export async function fuzzHttp(
  served: Served,
  token: string,
  seed: number,
  count: number,
): Promise<Fuzzed> {
  const fuzzed: Fuzzed = { sent: 0, refused: 0, unanswered: 0, errors: 0 };
  const all = mutations(seed, count);
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      let socket = new RawSocket(served.port);
      for (const mutation of all) {
        if (socket.isClosed) socket = new RawSocket(served.port);
        fuzzed.sent += 1;
        const answer = await capped(socket.ask(asRequest(mutation, token)));
        if (answer === undefined || !answer.startsWith('HTTP/1.1 ')) fuzzed.unanswered += 1;
        else if (isRefusal(answer)) fuzzed.refused += 1;
      }
      socket.close();
    }),
  );
  fuzzed.errors = errorsIn(served.stderr());
  return fuzzed;
}

function asRequest({ bytes, headers }: Mutation, token: string): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nAccept: application/json\r\nContent-Length: ${bytes.length}\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

const isRefusal = (answer: string): boolean =>
  !/^HTTP\/1.1 20[02] /.test(answer) || /"error":\{"code":-?\d/.test(answer);

/**
 * Sends changed messages to a broker over stdio, lets it end, and counts its answers against what its
 * lines ask for. A cancellation may take an answer away.
 */
export async function fuzzStdio(
  at: Home,
  token: string,
  seed: number,
  count: number,
): Promise<Fuzzed & { readonly taken: number; readonly exit: string }> {
  const client = at.stdio(token);
  const lines = new LineReader(4 * 1024 * 1024);
  // Before it is known whose they are, refusals are summed by source and not by session.
  await client.ask({ id: 'first', method: 'ping' });
  let expected = 1;
  let unasked = 0;
  let cancellations = 0;
  const take = (bytes: Buffer): void => {
    const body = readJson(bytes, 10_000);
    const inbound =
      typeof body === 'string' ? undefined : readInbound(body.value, undefined, REVISION_2025);
    if (inbound?.kind === 'response') unasked += 1;
    else if (inbound?.kind !== 'notification') expected += 1;
    else if (member(inbound.notification.params, 'requestId') !== 'nobody') cancellations += 1;
  };
  let sent = 0;
  for (const { bytes } of mutations(seed, count)) {
    const text = Buffer.concat([bytes, Buffer.from('\n')]);
    for (const line of lines.push(text)) if (line.kind === 'line') take(line.bytes);
    client.running.child.stdin?.write(text);
    sent += 1;
    // So that what waits on either side stays small; a broker that hangs is found here.
    if (sent % 200 === 0 || sent === count) {
      const alive = await capped(client.ask({ id: `alive ${sent}`, method: 'ping' }));
      if (alive?.result === undefined) break;
      expected += 1;
    }
  }
  const ended = await capped(client.leave());
  const answers = client.lines.filter((line) => !/^\{"jsonrpc":"2.0","method":/.test(line));
  const missing = expected - answers.length;
  return {
    sent,
    // What a cancellation left without an answer may have been refused all the same, and is in the log.
    taken: Math.max(0, missing),
    refused: answers.filter((line) => /"error":\{"code":-?\d/.test(line)).length + unasked,
    unanswered:
      sent < count ? count - sent : missing >= 0 && missing <= cancellations ? 0 : missing,
    errors: errorsIn(client.running.stderr()),
    exit: ended === undefined ? 'it hangs' : String(ended.signal ?? ended.code),
  };
}

async function capped<T>(work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, CAP_MS, undefined);
  });
  const first = await Promise.race([work, late]);
  clearTimeout(timer);
  return first;
}

const errorsIn = (stderr: string): number =>
  (stderr.match(/unhandled|uncaught/gi)?.length ?? 0) +
  logLines(stderr).filter(({ level }) => level === 'error' || level === 'fatal').length;

/** What the log of a home holds of requests that were refused, and of calls. */
export async function recordedOf(at: Home): Promise<{
  readonly refused: number;
  readonly intents: number;
  readonly outcomes: number;
}> {
  const { events } = (await at.state()).context;
  const found = { refused: 0, intents: 0, outcomes: 0 };
  for await (const page of events.rows(1, 1_000)) {
    for (const { body } of page) {
      const { code, detail, outcome } = JSON.parse(body);
      if (code === 'TG1003' || code === 'TG1004') found.refused += 1;
      if (code === 'TG1002' && outcome === 'failed') found.refused += 1;
      if (code === 'TG1006') found.refused += detail.summed + detail.unwritten;
      if (code === 'TG1001') found.intents += 1;
      if (code === 'TG1002') found.outcomes += 1;
    }
  }
  return found;
}
