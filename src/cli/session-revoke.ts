import type { Command } from 'commander';
import type { AdminContext } from '../admin/admin-context.ts';
import { clientOfProfile } from '../admin/connect-client.ts';
import { type RevokedSession, revokeSession } from '../admin/revoke-session.ts';
import { type RevokedSessions, revokeSessions } from '../admin/revoke-sessions.ts';
import { BrokerError } from '../domain/errors.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { count, drainJson, printDrain, remarkSilent } from './print-drain.ts';
import { remarkInForce } from './print-in-force.ts';
import { commandLine } from './shell-words.ts';

interface Options {
  readonly subject?: string;
  readonly all: boolean;
  readonly json: boolean;
}

/** `toolgrant session revoke`: one session, a subject's, or all; true when the command returns. */
export function addSessionRevoke(session: Command, cli: Cli): void {
  session
    .command('revoke')
    .description('end a session now, and every call in it')
    .argument('[id]')
    .option('--subject <id>', 'every session of this subject, and its clients stay out')
    .option('--all', 'every session of everybody, and all clients stay out', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (id: string | undefined, options: Options) => {
      const { subject } = options;
      const meant = [id, subject, options.all || undefined].filter((one) => one !== undefined);
      if (meant.length !== 1) {
        throw new BrokerError('ERR_USAGE', 'say which session: an id, --subject or --all', {
          hint: 'see `toolgrant session list`',
        });
      }
      cli.exit(
        await cli.withAdmin('session revoke', async ({ context }) => {
          if (id !== undefined) {
            const one = await revokeSession(context, id);
            return printOne(one, context, options, cli);
          }
          const many = await revokeSessions(context, subject);
          return printMany(many, context, options, cli);
        }),
      );
    });
}

async function printOne(
  revoked: RevokedSession,
  context: AdminContext,
  { json }: Options,
  cli: Cli,
): Promise<number> {
  const { print } = cli;
  const { id, wasEnded, profile, alsoActive, drain } = revoked;
  if (json) {
    const brokers = drainJson(drain);
    print.json({ id, wasEnded, profile: profile ?? null, alsoActive, brokers });
    remarkSilent(drain, print);
  } else {
    print.lines(wasEnded ? `${id} had already ended` : `revoked ${id}`);
    printDrain(drain, print);
  }
  await remarkInForce(cli, context, [revoked.subject]);
  if (profile !== undefined) {
    const client = clientOfProfile(profile) ?? 'CLIENT';
    const words = ['connect', client, '--subject', revoked.subject];
    print.note(
      `profile ${profile} stays out until it is made anew: ${commandLine('toolgrant', words)}`,
    );
  }
  for (const other of alsoActive) {
    print.note(`still active for the same subject and client: ${other}`);
  }
  print.next(
    alsoActive[0] === undefined
      ? ['audit', 'query', '--session', id]
      : ['session', 'revoke', alsoActive[0]],
  );
  return exitOfDrain(drain);
}

async function printMany(
  revoked: RevokedSessions,
  context: AdminContext,
  { subject, json }: Options,
  cli: Cli,
): Promise<number> {
  const { print } = cli;
  const { sessions, profiles, grants, drain } = revoked;
  const whose = subject === undefined ? 'of everybody' : `of ${subject}`;
  if (json) {
    const brokers = drainJson(drain);
    print.json({ subject: subject ?? null, sessions, profiles, grants, brokers });
    remarkSilent(drain, print);
  } else {
    print.lines(`revoked ${count(sessions.length, 'session')} ${whose}`);
    printDrain(drain, print);
  }
  if (subject !== undefined) await remarkInForce(cli, context, [subject]);
  if (profiles.length > 0) {
    print.note(`clients that stay out until they are made anew: ${profiles.join(', ')}`);
  }
  if (grants.length > 0) {
    const named = `${grants.slice(0, 8).join(', ')}${grants.length > 8 ? ' …' : ''}`;
    print.note(`grants ${whose} stay in force, and a new session would be under them: ${named}`);
    if (subject !== undefined) print.next(['grant', 'list', '--subject', subject]);
  }
  return exitOfDrain(drain);
}
