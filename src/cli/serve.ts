import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import type { GlobalOptions, ServeOptions } from './cli-deps.ts';
import { portOption } from './parse-values.ts';

/** What `--accept-rollback` does, for the help. */
export const ACCEPT_ROLLBACK = 'go on with a database that is older than its local anchor';

/** `toolgrant serve`: the broker over Streamable HTTP. */
export function addServe(program: Command, cli: Cli): void {
  program
    .command('serve')
    .helpGroup('Run:')
    .description('serve Streamable HTTP on the configured address, 127.0.0.1:7433 by default')
    .option('--port <number>', 'listen on another port', portOption)
    .option('--apply', 'apply grants that widen, too, at start and when a file changes', false)
    .option(
      '--insecure-http',
      'serve beyond loopback without https: tokens travel in the clear',
      false,
    )
    .option('--accept-rollback', ACCEPT_ROLLBACK, false)
    .action(async (options: Omit<ServeOptions, keyof GlobalOptions>) => {
      cli.exit(await cli.deps.runServe({ ...cli.globals(), ...options }));
    });
}
