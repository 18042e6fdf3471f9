import { revokeSession } from '../../../src/admin/revoke-session.ts';
import { controlledEntry, Home, type Noted, until } from './home.ts';
import { HttpClient } from './http-client.ts';
import { MARK, markedWith, noneMarked, openFiles, zombiesOf } from './marked.ts';
import type { Served } from './processes.ts';
import { type Asks, callOf, isResult } from './race.ts';

/** How a session of the run ends. */
const ENDS = ['revoked', 'revoked during a call', 'left to itself'] as const;

/** What is left of many sessions, each with a tool server of its own. */
export interface SessionsReport {
  readonly sessions: number;
  /** Sessions whose first call got no result. */
  readonly unanswered: number;
  /** Most tool servers that ran at once. */
  readonly most: number;
  /** Tool servers that still run: once all sessions have ended, and after the broker's own end. */
  readonly orphans: number;
  /** Ended processes the broker has not collected. */
  readonly zombies: number;
  /** Files the broker has open beyond what it had before. */
  readonly leakedFiles: number;
  readonly exitCode: number | null;
}

/** A home whose tool server `s` runs once per session, marked, and is closed when idle for a moment. */
export const homeOfSessions = (mark: string): Home =>
  new Home({
    servers: ({ journalPath }) => {
      const entry = controlledEntry(journalPath, 'session');
      return {
        s: {
          ...entry,
          env: { [MARK]: mark },
          toolgrant: { ...entry.toolgrant, idleMs: 1500 },
        },
      };
    },
  });

/**
 * Opens sessions over one broker, some at once; each calls, and ends in one of three ways. Every
 * twentieth has a stdio broker of its own, which its client leaves, or which is killed with `SIGKILL`.
 */
export async function openAndEndSessions(
  home: Home,
  mark: string,
  options: { readonly sessions: number; readonly together: number },
): Promise<SessionsReport> {
  await home.applyGrants();
  const served = await home.serve();
  await overHttp(home, served, 'warm', 'revoked');
  await noneMarked(mark);
  const before = await settledFiles(served);
  let next = 0;
  let unanswered = 0;
  let most = 0;
  async function one(): Promise<void> {
    while (next < options.sessions) {
      const n = next;
      next += 1;
      const name = `s${n}`;
      const isAnswered =
        n % 20 === 19
          ? await overStdio(home, name, n % 40 === 19)
          : await overHttp(home, served, name, ENDS[n % 3] ?? 'revoked');
      if (!isAnswered) unanswered += 1;
      if (n % 10 === 0) most = Math.max(most, markedWith(mark).length);
    }
  }
  await Promise.all(Array.from({ length: options.together }, one));
  const isQuiet = await noneMarked(mark).catch(() => false);
  const orphans = isQuiet ? 0 : markedWith(mark).length;
  const leakedFiles = await until(async () => {
    const more = (await settledFiles(served)) - before;
    return more <= 0 ? more : undefined;
  }).catch(async () => openFiles(served.pid) - before);
  const zombies = zombiesOf(served.pid).length;
  // One more runs when the broker ends.
  if (!(await overHttp(home, served, 'last', 'left to itself'))) unanswered += 1;
  const { code: exitCode } = await served.end('SIGTERM');
  const isOver = await noneMarked(mark).catch(() => false);
  return {
    sessions: next,
    unanswered,
    most,
    orphans: orphans + (isOver ? 0 : markedWith(mark).length),
    zombies,
    leakedFiles: Math.max(0, leakedFiles),
    exitCode,
  };
}

async function overHttp(
  home: Home,
  served: Served,
  name: string,
  end: (typeof ENDS)[number],
): Promise<boolean> {
  const { id, token } = await home.open();
  const client = new HttpClient(served.port, token);
  const isAnswered = await isCalled(client, name);
  const { context } = await home.state();
  if (end === 'revoked during a call') {
    const held = client.ask(callOf(`${name}-held`, 's__hold'));
    // A held call that is refused for contention is answered and reaches nobody.
    const isHeld = (lines: readonly Noted[]) => lines.some(({ nonce }) => nonce === `${name}-held`);
    await Promise.race([held, home.noted(isHeld)]);
    await revokeSession(context, id);
    await held;
  } else if (end === 'revoked') await revokeSession(context, id);
  client.close();
  return isAnswered;
}

async function overStdio(home: Home, name: string, isKilled: boolean): Promise<boolean> {
  const client = home.stdio((await home.open()).token);
  const isAnswered = await isCalled(client, name);
  if (isKilled) await client.end('SIGKILL');
  else await client.leave();
  return isAnswered;
}

/** Calls until there is a result: with other brokers at work one call may be refused for contention. */
async function isCalled(client: Asks, name: string): Promise<boolean> {
  for (let tries = 0; tries < 20; tries += 1) {
    if (isResult(await client.ask(callOf(`${name}-${tries}`, 's__echo')))) return true;
  }
  return false;
}

/** The number of open files, once two looks in a row agree. */
async function settledFiles({ pid }: Served): Promise<number> {
  let last = -1;
  return until(() => {
    const now = openFiles(pid);
    const isSettled = now === last;
    last = now;
    return isSettled ? now : undefined;
  });
}
