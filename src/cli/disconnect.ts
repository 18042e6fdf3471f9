import type { Command } from 'commander';
import type { ClientFiles, DisconnectedEntry } from '../admin/client-files.ts';
import { disconnectClient } from '../admin/disconnect-client.ts';
import type { ClientId } from '../domain/client-ids.ts';
import { BrokerError, errorCode } from '../domain/errors.ts';
import { type Cli, reportFailure } from './cli.ts';
import type { OpenedAdmin } from './cli-deps.ts';
import { knownClient } from './connect.ts';
import { changeJson, printChange } from './entry-change.ts';
import { EXIT } from './exit-code.ts';

interface Options {
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** `toolgrant disconnect`: takes our entry out of a client's file, or out of all that were connected. */
export function addDisconnect(program: Command, cli: Cli): void {
  program
    .command('disconnect')
    .helpGroup('Run:')
    .description("take our entry out of a client's file and put its profile out")
    .argument('[client]', 'as `connect` was given')
    .option('--all', 'every client that was connected', false)
    .option('--dry-run', 'only say what would change', false)
    .option('--json', 'print the changes as JSON', false)
    .action(async (client: string | undefined, options: Options) => {
      if ((client === undefined) !== options.all) {
        throw new BrokerError('ERR_USAGE', 'name one client, or pass --all', {
          hint: 'such as `toolgrant disconnect claude-desktop`',
        });
      }
      const id = client === undefined ? undefined : knownClient(client);
      cli.exit(await cli.withAdmin('disconnect', (admin) => disconnect(cli, admin, id, options)));
    });
}

/** One client's failure does not keep the others connected; the exit code is the first failure's. */
async function disconnect(
  cli: Cli,
  admin: OpenedAdmin,
  client: ClientId | undefined,
  { dryRun, json }: Options,
): Promise<number> {
  const files = await cli.deps.clientFiles(admin);
  const clients = client === undefined ? files.connected() : [client];
  const done: { readonly client: ClientId; readonly change: DisconnectedEntry }[] = [];
  let failure: number | undefined;
  for (const id of clients) {
    try {
      const changes = dryRun
        ? await files.disconnect(id, { isDryRun: true })
        : await disconnectClient(admin.context, files, id);
      done.push(...changes.map((change) => ({ client: id, change })));
    } catch (error) {
      if (errorCode(error) === 'ERR_INTERNAL') throw error;
      failure ??= reportFailure(error, cli.print);
    }
  }
  if (json) {
    cli.print.json(
      done.map(({ client: id, change }) => ({
        client: id,
        profile: change.profile ?? null,
        ...changeJson(change, dryRun),
      })),
    );
  } else for (const { change } of done) printChange(cli.print, change);
  for (const one of done) explain(cli, files, one.client, one.change, dryRun);
  const endsProfile = done.some(
    ({ change }) => change.profile !== undefined && change.before !== change.after,
  );
  if (endsProfile && !dryRun) {
    cli.print.note('what was opened before stays open until it is revoked or expires');
    cli.print.next(['session', 'list']);
  }
  if (clients.length === 0) cli.print.note('no client is connected from this configuration');
  return failure ?? EXIT.done;
}

function explain(
  { print }: Cli,
  files: ClientFiles,
  client: ClientId,
  { path, before, after, backup, profile }: DisconnectedEntry,
  isDryRun: boolean,
): void {
  const { title, needsRestart } = files.summary(client);
  if (before === after) {
    print.note(`${path} has no entry of ours`);
    return;
  }
  if (isDryRun) return;
  if (backup !== undefined) {
    print.note(`${path} was changed since: what was changed stays; the original is ${backup}`);
  }
  print.note(`${title} sees it after this: ${needsRestart}`);
  if (profile !== undefined) {
    print.note(`profile ${profile} opens no further session`);
  }
}
