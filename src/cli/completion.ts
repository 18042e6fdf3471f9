import { Argument, type Command } from 'commander';
import type { Cli } from './cli.ts';
import { complete, SHELLS } from './complete.ts';
import { FILES, SCRIPTS } from './completion-scripts.ts';
import { EXIT } from './exit-code.ts';

/** `toolgrant completion`: prints a script for a shell, which asks `toolgrant __complete`. */
export function addCompletion(program: Command, cli: Cli): void {
  program
    .command('completion')
    .helpGroup('Run:')
    .description('print a script that completes commands in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => {
      cli.print.text(SCRIPTS[shell]);
      cli.exit(EXIT.done);
    });
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .helpOption(false)
    .action(async (words: string[]) => {
      const clients = cli.deps.clients.map(({ id }) => id);
      const found = await complete(program, words, clients, cli.deps.knownWords);
      cli.print.lines(...found.words, ...(found.takesFiles ? [FILES] : []));
      cli.exit(EXIT.done);
    });
}
