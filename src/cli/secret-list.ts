import type { Command } from 'commander';
import { listSecrets } from '../admin/change-secret.ts';
import type { Cli } from './cli.ts';
import type { OpenedAdmin } from './cli-deps.ts';
import { EXIT } from './exit-code.ts';

/** `toolgrant secret list`: names and places, never a value. */
export function addSecretList(secret: Command, cli: Cli): void {
  secret
    .command('list')
    .description('names of secrets, where they are and what uses them')
    .option('--json', 'print an array', false)
    .action(async (options: { json: boolean }) => {
      const run = async ({ context, config }: OpenedAdmin) => {
        const place = cli.deps.secretPlaceAt(context.configDir);
        const { secrets, whyNoKeychain } = listSecrets(place, config.keychainReferences);
        if (options.json) {
          cli.print.json(
            secrets.map(({ name, inKeychain, file, usedBy }) => ({
              name,
              inKeychain,
              file: file ?? null,
              usedBy,
            })),
          );
        } else {
          cli.print.table(
            ['NAME', 'KEYCHAIN', 'FILE', 'FROM THE KEYCHAIN INTO'],
            secrets.map(({ name, inKeychain, file, usedBy }) => [
              name,
              inKeychain === null ? 'unknown' : inKeychain ? 'yes' : 'no',
              file ?? '-',
              usedBy.join(', ') || '-',
            ]),
          );
        }
        if (whyNoKeychain !== undefined) {
          cli.print.warning(`the keychain cannot be asked: ${whyNoKeychain}`);
        }
        const missing = secrets.find(
          ({ inKeychain, usedBy }) => inKeychain === false && usedBy.length > 0,
        );
        if (missing !== undefined) cli.print.next(['secret', 'set', missing.name]);
        return EXIT.done;
      };
      cli.exit(await cli.withAdmin('secret list', run, { leavesServersOut: true }));
    });
}
