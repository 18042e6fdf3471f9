import type { Command } from 'commander';
import { removeSecret } from '../admin/change-secret.ts';
import type { Cli } from './cli.ts';
import type { OpenedAdmin } from './cli-deps.ts';
import { EXIT } from './exit-code.ts';

/** `toolgrant secret remove`: from keychain and file. */
export function addSecretRemove(secret: Command, cli: Cli): void {
  secret
    .command('remove')
    .description('remove a secret from keychain and file')
    .argument('<name>')
    .action(async (name: string) => {
      const run = async ({ context, config }: OpenedAdmin) => {
        const place = cli.deps.secretPlaceAt(context.configDir);
        const removed = await removeSecret(context, place, name);
        const from = [
          ...(removed.fromKeychain ? ['the keychain'] : []),
          ...(removed.fromFile ? [place.files.pathOf(name)] : []),
        ];
        cli.print.lines(`removed ${name} from ${from.join(' and ')}`);
        if (removed.whyNoKeychain !== undefined) {
          cli.print.warning(`the keychain cannot be asked: ${removed.whyNoKeychain}`);
        }
        for (const { key } of config.keychainReferences.filter((one) => one.name === name)) {
          cli.print.warning(
            `${key} still refers to it: the configuration cannot be used until it does not`,
          );
        }
        return EXIT.done;
      };
      cli.exit(await cli.withAdmin('secret remove', run, { leavesServersOut: true }));
    });
}
