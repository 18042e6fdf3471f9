import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { portOption } from './parse-values.ts';

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
    .action(async (options: { port?: number; apply: boolean; insecureHttp: boolean }) => {
      cli.exit(await cli.deps.runServe({ ...cli.globals(), ...options }));
    });
}
