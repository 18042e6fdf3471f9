import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import type { InitOptions } from './init-options.ts';
import { collect } from './parse-values.ts';

/** `toolgrant init`: from the tool servers the clients have to a governed client. */
export function addInit(program: Command, cli: Cli): void {
  program
    .command('init')
    .helpGroup('Run:')
    .description('take over the tool servers your clients have, and connect the clients')
    .option('--client <id>', 'only what this client has, and connect it; repeatable', collect)
    .option('--server <name>', 'only this tool server, as its client names it; repeatable', collect)
    .option('--subject <id>', 'whose grants the clients use: your user name when absent')
    .option('--keep-servers', 'leave the tool servers in the clients’ files too', false)
    .option('--dry-run', 'print what would change; write and start nothing', false)
    .option('--yes', 'do not ask', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (options: InitOptions) => {
      // Loaded for this command alone: clients wait for the start of others.
      const { runInit } = await import('./init-run.ts');
      cli.exit(await runInit(cli, options));
    });
}
