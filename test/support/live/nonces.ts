import { randomInt } from 'node:crypto';
import { controlledEntry, grantText, Home } from './home.ts';
import { HttpClient } from './http-client.ts';
import type { StdioClient } from './stdio-client.ts';

/** One server per isolation: who shares a process is who could hear another's answer. */
const SERVERS = { a: 'shared', b: 'subject', c: 'session' } as const;
const SUBJECTS = ['u0', 'u1', 'u2', 'u3', 'u4'];
const HTTP_CLIENTS = 46;
const STDIO_CLIENTS = 4;
/** HTTP clients that also use the server with a process per session. */
const OWN_PROCESS = 8;
/** Calls of one client in flight at once. */
const AT_ONCE = 8;

/** What fifty clients heard. */
export interface NoncesReport {
  readonly calls: number;
  readonly results: number;
  readonly progress: number;
  /** Results and progress with a nonce, an id or a progress token that is not the call's own. */
  readonly foreignResults: number;
  readonly foreignProgress: number;
  /** Calls without a result, neither cancelled by their own client nor refused in the log, each or in a sum. */
  readonly lost: number;
  /** Calls that were refused because the brokers kept each other from the database. */
  readonly contended: number;
  readonly cancelled: number;
  /** Results that came before that of a call made earlier by the same client. */
  readonly overtaking: number;
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly progressToken?: unknown; readonly message?: unknown };
  readonly result?: { readonly content?: readonly { readonly text?: unknown }[] };
}

/** A client of either face: sends a call, and answers all that came back for it. */
interface Caller {
  readonly session: string;
  readonly servers: readonly string[];
  call(n: number, message: object): Promise<readonly Message[]>;
  cancel(n: number): Promise<void>;
}

/** A home with a server per isolation, and five subjects who may use them all. */
export const homeOfNonces = (): Home =>
  new Home({
    grants: Object.fromEntries(
      SUBJECTS.map((subject) => [
        `${subject}.yaml`,
        grantText(subject, subject, ["permit: '*/work'"]),
      ]),
    ),
    servers: ({ journalPath }) =>
      Object.fromEntries(
        Object.entries(SERVERS).map(([name, isolation]) => [
          name,
          controlledEntry(journalPath, isolation),
        ]),
      ),
  });

/**
 * Has fifty clients over both faces call at once with the same ids and progress tokens, each call with
 * a nonce of its own; the tool server answers in an order of chance, and some calls are cancelled.
 */
export async function callWithNonces(
  home: Home,
  options: { readonly calls: number },
): Promise<NoncesReport> {
  await home.applyGrants();
  const served = await home.serve();
  const https: HttpClient[] = [];
  const stdios: StdioClient[] = [];
  const callers: Caller[] = [];
  for (let n = 0; n < HTTP_CLIENTS + STDIO_CLIENTS; n += 1) {
    const { id, token } = await home.open(SUBJECTS[n % SUBJECTS.length]);
    if (n < HTTP_CLIENTS) {
      const client = new HttpClient(served.port, token);
      https.push(client);
      const servers = n < OWN_PROCESS ? ['a', 'b', 'c'] : ['a', 'b'];
      callers.push({ session: id, servers, ...overHttp(client) });
    } else {
      const client = home.stdio(token);
      stdios.push(client);
      callers.push({ session: id, servers: ['a', 'b', 'c'], ...overStdio(client) });
    }
  }
  const report = {
    calls: 0,
    results: 0,
    progress: 0,
    foreignResults: 0,
    foreignProgress: 0,
    cancelled: 0,
    overtaking: 0,
  };
  const unanswered: { readonly session: string; readonly n: number }[] = [];
  const each = Math.ceil(options.calls / callers.length);

  async function callAs(caller: Caller, name: string): Promise<void> {
    let next = 1;
    let latest = 0;
    const one = async (): Promise<void> => {
      while (next <= each) {
        const n = next;
        next += 1;
        report.calls += 1;
        const nonce = `${name}-${n}`;
        const server = caller.servers[n % caller.servers.length];
        const isCancelled = n % 10 === 0;
        const answered = caller.call(n, {
          method: 'tools/call',
          params: {
            name: `${server}__work`,
            arguments: { nonce, ms: isCancelled ? 200 : randomInt(25) },
            _meta: { progressToken: n },
          },
        });
        if (isCancelled) await caller.cancel(n);
        const messages = await answered;
        const told = messages.filter(({ method }) => method === 'notifications/progress');
        report.progress += told.length;
        report.foreignProgress += told.filter(
          ({ params }) => params?.progressToken !== n || params.message !== nonce,
        ).length;
        const result = messages.find((message) => message.result !== undefined);
        if (result === undefined) {
          if (isCancelled) report.cancelled += 1;
          else unanswered.push({ session: caller.session, n });
          continue;
        }
        report.results += 1;
        const [content] = result.result?.content ?? [];
        if (result.id !== n || content?.text !== nonce) report.foreignResults += 1;
        if (n < latest) report.overtaking += 1;
        latest = Math.max(latest, n);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
  }
  await Promise.all(callers.map((caller, n) => callAs(caller, `c${n}`)));

  for (const client of https) client.close();
  await Promise.all([...stdios.map((client) => client.leave()), served.end('SIGTERM')]);
  const contended = new Set(
    (await home.events('--code', 'TG1003'))
      .filter(({ reason }) => reason === 'store_contended')
      .map(({ session, requestId }) => `${session} ${requestId}`),
  );
  // Beyond a hundred a minute of one session refusals are a sum.
  const summed = new Map<unknown, number>();
  for (const { session, detail } of await home.events('--code', 'TG1006')) {
    const { summed: beyond, unwritten } = detail as Record<'summed' | 'unwritten', number>;
    summed.set(session, (summed.get(session) ?? 0) + beyond + unwritten);
  }
  let lost = 0;
  for (const [session, calls] of Map.groupBy(unanswered, (call) => call.session)) {
    const unnamed = calls.filter(({ n }) => !contended.has(`${session} ${n}`)).length;
    lost += Math.max(0, unnamed - (summed.get(session) ?? 0));
  }
  return { ...report, lost, contended: unanswered.length - lost };
}

/** What a face lends a caller. */
type Way = Pick<Caller, 'call' | 'cancel'>;

const cancellation = (n: number) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId: n },
});

function overHttp(client: HttpClient): Way {
  return {
    call: async (n, message) =>
      (await client.exchange({ id: n, ...message })) as readonly Message[],
    async cancel(n) {
      await client.exchange(cancellation(n));
    },
  };
}

function overStdio(client: StdioClient): Way {
  return {
    async call(n, message) {
      const from = client.lines.length;
      const answered = client.ask({ id: n, ...message });
      // A cancelled call may get no answer at all: whoever waits for it stops waiting.
      const answer = n % 10 === 0 ? await Promise.race([answered, pause()]) : await answered;
      const progress = client.lines
        .slice(from)
        .map((line) => JSON.parse(line) as Message)
        .filter(({ params }) => params?.progressToken === n);
      return answer === undefined ? progress : [...progress, answer as Message];
    },
    async cancel(n) {
      client.write(`${JSON.stringify(cancellation(n))}\n`);
    },
  };
}

const pause = (): Promise<undefined> =>
  new Promise((resolve) => setTimeout(resolve, 1000, undefined));
