import type { Command } from 'commander';
import type { AdminContext } from '../admin/admin-context.ts';
import { findSession } from '../admin/list-sessions.ts';
import { overviewSessions } from '../admin/session-overview.ts';
import { formatToolRef } from '../domain/tool-ref.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { overviewJson } from './session-json.ts';
import { printView, type View, watchView } from './watch-view.ts';

/** `toolgrant session show`: one session, who uses it, what covers it, what it has touched. */
export function addSessionShow(session: Command, cli: Cli): void {
  session
    .command('show')
    .description('show one session')
    .argument('<id>')
    .option('--watch', 'show it again whenever something happens', false)
    .option('--json', 'print an object; with --watch JSON Lines', false)
    .action(async (id: string, options: { watch: boolean; json: boolean }) => {
      cli.exit(
        await cli.withAdmin('session show', async ({ context }) => {
          const look = () => viewOf(context, id);
          if (options.watch) await watchView(cli, context, look, options.json);
          else {
            const view = await look();
            if (options.json) cli.print.json(view.items[0]);
            else printView(cli, view);
          }
          return EXIT.done;
        }),
      );
    });
}

async function viewOf(context: AdminContext, id: string): Promise<View> {
  const overviews = await overviewSessions(context, [await findSession(context, id)]);
  const now = context.clock.now();
  const items = overviews.map((overview) => overviewJson(overview, now));
  const ends = overviews.flatMap(({ session, grants }) =>
    [session, ...grants].map(({ expiresAt }) => expiresAt).filter((end) => end > now),
  );
  return {
    rows: items.flatMap(rowsOf),
    items,
    ...(ends.length === 0 ? {} : { dueAt: Math.min(...ends) }),
  };
}

type Shape = ReturnType<typeof overviewJson>;
type Use = NonNullable<Shape['firstUse']>;

function rowsOf(shape: Shape): readonly (readonly string[])[] {
  const { firstUse, otherUses, grants, waiting, touched, isTouchedWhole, ...plain } = shape;
  const rows: (readonly [string, string])[] = Object.entries(plain).map(([name, value]) => [
    name,
    String(value ?? '-'),
  ]);
  rows.push(['firstUse', firstUse === null ? '-' : useText(firstUse)]);
  for (const use of otherUses) {
    rows.push(['otherUse', `${useText(use)}: another ${use.differs.join(', ')}`]);
  }
  for (const { id, purpose, expiresAt } of grants) {
    rows.push(['grant', `${id} until ${expiresAt}: ${purpose}`]);
  }
  for (const id of waiting) rows.push(['waiting', id]);
  for (const { server, tool, calls } of touched) {
    const what =
      tool === null ? `${server}: prompts and resources` : formatToolRef({ server, tool });
    const word = tool === null ? 'use' : 'call';
    rows.push(['touched', `${what} ${calls} ${calls === 1 ? word : `${word}s`}`]);
  }
  if (!isTouchedWhole) rows.push(['touched', 'by its newest events alone; there are older ones']);
  return rows.map(([name, value]) => [name.padEnd(11), value]);
}

const useText = ({ at, transport, clientName, clientVersion, remote }: Use): string =>
  [at, transport, clientName, clientVersion, remote].filter((part) => part !== null).join(' ');
