import type { Command } from 'commander';
import { type KeyView, listKeys } from '../admin/list-keys.ts';
import { revokeKeys, rotateKeys } from '../admin/rotate-keys.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatInstant, formatSecond } from './format-instant.ts';
import { count, drainJson, printDrain, remarkSilent } from './print-drain.ts';

/** `toolgrant keys`: what session tokens are signed with. */
export function addKeys(program: Command, cli: Cli): void {
  const keys = program
    .command('keys')
    .helpGroup('Decide:')
    .description('list and rotate the keys that session tokens are signed with');
  addKeysList(keys, cli);
  addKeysRotate(keys, cli);
}

function addKeysList(keys: Command, cli: Cli): void {
  keys
    .command('list')
    .description('list session keys by id; what they hold is never shown')
    .option('--json', 'print an array', false)
    .action(async (options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('keys list', async ({ context }) => {
          const views = await listKeys(context);
          if (options.json) cli.print.json(views.map(keyJson));
          else {
            cli.print.table(
              ['KEY', 'STATE', 'MADE', 'LAST TOKEN EXPIRES'],
              views.map(({ kid, state, madeAt, lastExpiresAt }) => [
                kid,
                state,
                madeAt === undefined ? '-' : formatSecond(madeAt),
                lastExpiresAt === undefined ? '-' : formatSecond(lastExpiresAt),
              ]),
            );
            if (views.length === 0) cli.print.note('no keys yet: the first session makes one');
          }
          return EXIT.done;
        }),
      );
    });
}

function addKeysRotate(keys: Command, cli: Cli): void {
  keys
    .command('rotate')
    .description('sign with a new key; tokens of the old one are good until they expire')
    .option('--revoke', 'end every session opened with an old key now', false)
    .option('--json', 'print the result as JSON', false)
    .action(async ({ revoke, json }: { revoke: boolean; json: boolean }) => {
      cli.exit(
        await cli.withAdmin('keys rotate', async ({ context }) => {
          const { print } = cli;
          if (!revoke) {
            const { kid, retired } = await rotateKeys(context);
            if (json) print.json({ kid, retired, revoked: [], sessions: [], brokers: null });
            else {
              print.lines(`${kid} signs from now on`);
              for (const other of retired) print.lines(`${other} is good until its last token is`);
            }
            print.next(['keys', 'list']);
            return EXIT.done;
          }
          const { kid, revoked, sessions, drain } = await revokeKeys(context);
          if (json) {
            print.json({ kid, retired: [], revoked, sessions, brokers: drainJson(drain) });
            remarkSilent(drain, print);
          } else {
            print.lines(`${kid} signs from now on`);
            print.lines(
              `revoked ${count(revoked.length, 'key')} and ${count(sessions.length, 'session')}`,
            );
            printDrain(drain, print);
          }
          print.next(['keys', 'list']);
          return exitOfDrain(drain);
        }),
      );
    });
}

/** The `--json` shape of a key. */
const keyJson = ({ kid, state, madeAt, retiredAt, revokedAt, lastExpiresAt }: KeyView) => ({
  kid,
  state,
  madeAt: instant(madeAt),
  retiredAt: instant(retiredAt),
  revokedAt: instant(revokedAt),
  lastExpiresAt: instant(lastExpiresAt),
});

const instant = (at: number | undefined): string | null =>
  at === undefined ? null : formatInstant(at);
