import type { Command } from 'commander';
import { setSecret } from '../admin/change-secret.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';
import type { OpenedAdmin } from './cli-deps.ts';
import { EXIT } from './exit-code.ts';

interface Options {
  readonly file: boolean;
  readonly json: boolean;
}

/** `toolgrant secret set`: stores what is typed, or comes in on standard input; never an argument. */
export function addSecretSet(secret: Command, cli: Cli): void {
  secret
    .command('set')
    .description('store a secret: asked for on a terminal, otherwise read from standard input')
    .argument('<name>', 'what the configuration calls it')
    .option('--file', 'in a private file beside the configuration, not in the keychain', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (name: string, options: Options) => {
      const run = async ({ context }: OpenedAdmin) => {
        const place = cli.deps.secretPlaceAt(context.configDir);
        // Before anybody types a secret for a name that cannot be.
        const path = place.files.pathOf(name);
        const value = await readSecret(cli, name);
        const stored = await setSecret(context, place, name, value, { inFile: options.file });
        const { reference, whyNoKeychain } = stored;
        if (options.json) cli.print.json({ name, place: stored.place, reference });
        else cli.print.lines(reference);
        cli.print.note(
          stored.place === 'keychain'
            ? `stored ${name} in the keychain`
            : `stored ${name} in ${path}, readable by you alone`,
        );
        if (whyNoKeychain !== undefined) {
          cli.print.note(`the keychain did not take it: ${whyNoKeychain}`);
        }
        if (value.length < 6) {
          cli.print.warning('shorter than six characters: it is not scrubbed from what comes back');
        }
        cli.print.note(
          `write ${reference} where the tool server's entry has the secret; running brokers read it when they start anew`,
        );
        return EXIT.done;
      };
      cli.exit(await cli.withAdmin('secret set', run, { leavesServersOut: true }));
    });
}

async function readSecret(cli: Cli, name: string): Promise<string> {
  if (!cli.deps.isTerminal.stdin) return (await cli.deps.readStdin()).replace(/\r?\n$/, '');
  const typed = await cli.deps.askHidden(`${name} (not shown):`);
  if (typed !== undefined) return typed;
  throw new BrokerError('ERR_USAGE', 'no secret was given', { hint: 'nothing was stored' });
}
