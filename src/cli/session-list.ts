import type { Command } from 'commander';
import type { AdminContext } from '../admin/admin-context.ts';
import { listSessions } from '../admin/list-sessions.ts';
import { overviewSessions, type SessionOverview } from '../admin/session-overview.ts';
import type { SessionId } from '../domain/ids.ts';
import type { ClientUse } from '../domain/session-record.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatSecond } from './format-instant.ts';
import { overviewJson, sessionStateAt } from './session-json.ts';
import { printView, type View, watchView } from './watch-view.ts';

interface ListOptions {
  readonly subject?: string;
  readonly all: boolean;
  readonly json: boolean;
  readonly watch: boolean;
}

const HEADER = [
  'SESSION',
  'SUBJECT',
  'CLIENT',
  'STATE',
  'OPENED',
  'EXPIRES',
  'CALLS',
  'RUNNING',
  'LAST CALL',
  'SERVERS',
  'FIRST USED BY',
  'PURPOSE',
] as const;

/** `toolgrant session list`: usable sessions, oldest first. */
export function addSessionList(session: Command, cli: Cli): void {
  session
    .command('list')
    .description('list sessions that can be used now')
    .option('--subject <id>', 'only of this subject')
    .option('--all', 'also those that have ended', false)
    .option('--watch', 'show it again whenever something happens', false)
    .option('--json', 'print an array; with --watch JSON Lines', false)
    .action(async (options: ListOptions) => {
      cli.exit(
        await cli.withAdmin('session list', async ({ context }) => {
          const look = viewer(context, options);
          if (options.watch) {
            await watchView(cli, context, look, options.json);
            return EXIT.done;
          }
          const view = await look();
          if (options.json) cli.print.json(view.items);
          else {
            printView(cli, view);
            if (view.rows.length === 0)
              cli.print.note(options.all ? 'no sessions' : 'no live sessions');
          }
          return EXIT.done;
        }),
      );
    });
}

/** Looks at the sessions; one that was there at the last look and has ended is shown once more. */
function viewer(context: AdminContext, options: ListOptions): () => Promise<View> {
  let before: readonly SessionId[] = [];
  return async () => {
    const sessions = [...(await listSessions(context, options))];
    const ids = sessions.map(({ id }) => id);
    for (const id of before.filter((known) => !ids.includes(known))) {
      const ended = context.sessions.find(id);
      if (ended !== undefined) sessions.push(ended);
    }
    before = ids;
    const now = context.clock.now();
    const overviews = await overviewSessions(context, sessions);
    const ends = sessions.map(({ expiresAt }) => expiresAt).filter((end) => end > now);
    return {
      header: HEADER,
      rows: overviews.map((one) => rowOf(one, now)),
      items: overviews.map((one) => overviewJson(one, now)),
      ...(ends.length === 0 ? {} : { dueAt: Math.min(...ends) }),
    };
  };
}

function rowOf(
  { session, grants, running, touched }: SessionOverview,
  now: number,
): readonly string[] {
  const servers = [...new Set(touched.tools.map(({ server }) => server))];
  if (!touched.isWhole) servers.push('…');
  const purposes = session.purpose === undefined ? grants.map(({ purpose }) => purpose) : [];
  return [
    session.id,
    session.subject,
    session.client ?? '-',
    sessionStateAt(session, now),
    formatSecond(session.openedAt),
    formatSecond(session.expiresAt),
    String(session.calls),
    String(running),
    session.lastCallAt === undefined ? '-' : formatSecond(session.lastCallAt),
    servers.join(' ') || '-',
    usedBy(session.firstUse, session.otherUses?.length ?? 0),
    session.purpose ?? ([...new Set(purposes)].join('; ') || '-'),
  ];
}

function usedBy(first: ClientUse | undefined, others: number): string {
  if (first === undefined) return '-';
  const name = [first.clientName, first.clientVersion].filter((part) => part !== undefined);
  const use = [...name, `(${first.transport})`].join(' ');
  return others === 0 ? use : `${use}, ${others} otherwise`;
}
