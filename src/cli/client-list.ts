import type { Command } from 'commander';
import { type ClientView, findClient, listClients } from '../admin/list-clients.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatInstant, formatSecond } from './format-instant.ts';
import { sessionStateAt } from './session-json.ts';

/** `toolgrant client list`: every profile as a client, by name. */
export function addClientList(client: Command, cli: Cli): void {
  client
    .command('list')
    .description('list clients, revoked ones too')
    .option('--subject <id>', 'only of this subject')
    .option('--json', 'print an array', false)
    .action(async (options: { subject?: string; json: boolean }) => {
      cli.exit(
        await cli.withAdmin('client list', async ({ context }) => {
          const clients = await listClients(context, options.subject);
          const now = context.clock.now();
          if (options.json) cli.print.json(clients.map((one) => clientJson(one, now)));
          else {
            cli.print.table(
              ['CLIENT', 'SUBJECT', 'STATE', 'MADE', 'LIVE', 'LAST SESSION'],
              clients.map(({ profile, state, live, last }) => [
                profile.name,
                profile.subject,
                profile.isInteractive === true ? `${state}, interactive` : state,
                formatSecond(profile.createdAt),
                String(live.length),
                last === undefined ? '-' : formatSecond(last.openedAt),
              ]),
            );
            if (clients.length === 0) cli.print.note('no clients');
          }
          return EXIT.done;
        }),
      );
    });
}

/** `toolgrant client show`: one client and its live sessions. */
export function addClientShow(client: Command, cli: Cli): void {
  client
    .command('show')
    .description('show one client and its live sessions')
    .argument('<name>')
    .option('--json', 'print an object', false)
    .action(async (name: string, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('client show', async ({ context }) => {
          const now = context.clock.now();
          const shape = clientJson(await findClient(context, name), now);
          if (options.json) cli.print.json(shape);
          else {
            const { sessions, ...plain } = shape;
            for (const [member, value] of Object.entries(plain)) {
              cli.print.lines(`${member.padEnd(13)} ${value ?? '-'}`);
            }
            for (const { id, state, expiresAt } of sessions) {
              cli.print.lines(`${'session'.padEnd(13)} ${id} ${state}, until ${expiresAt}`);
            }
          }
          return EXIT.done;
        }),
      );
    });
}

/** The `--json` shape of a client. */
const clientJson = ({ profile, state, live, last }: ClientView, now: number) => ({
  name: profile.name,
  subject: profile.subject,
  state,
  interactive: profile.isInteractive === true,
  createdAt: formatInstant(profile.createdAt),
  revokedAt: profile.revokedAt === undefined ? null : formatInstant(profile.revokedAt),
  lastSession: last?.id ?? null,
  lastSessionAt: last === undefined ? null : formatInstant(last.openedAt),
  sessions: live.map((session) => ({
    id: session.id,
    state: sessionStateAt(session, now),
    openedAt: formatInstant(session.openedAt),
    expiresAt: formatInstant(session.expiresAt),
    calls: session.calls,
  })),
});
