import type { Command } from 'commander';
import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';
import { readGivenFile } from './read-given-file.ts';
import { ACCEPT_ROLLBACK } from './serve.ts';

interface Options {
  readonly profile?: string;
  readonly tokenFile?: string;
  readonly acceptRollback: boolean;
}

/** `toolgrant stdio`: one client over standard input and output, which carry nothing but MCP. */
export function addStdio(program: Command, cli: Cli): void {
  program
    .command('stdio')
    .helpGroup('Run:')
    .description('serve one client over standard input and output')
    .option('--profile <name>', 'open a session for this profile, and close it at the end')
    .option('--token-file <file>', 'use the session token in this file; otherwise $TOOLGRANT_TOKEN')
    .option('--accept-rollback', ACCEPT_ROLLBACK, false)
    .action(async (options: Options) => {
      const { profile, acceptRollback } = options;
      const token = profile === undefined ? await readToken(cli, options.tokenFile) : undefined;
      if (profile !== undefined && options.tokenFile !== undefined) {
        throw new BrokerError('ERR_USAGE', '--profile and --token-file exclude each other');
      }
      cli.exit(
        await cli.deps.runStdio({
          ...cli.globals(),
          acceptRollback,
          ...(profile === undefined ? {} : { profile }),
          ...(token === undefined ? {} : { token }),
        }),
      );
    });
}

/** A token never comes from the command line: every process of the machine can read that. */
async function readToken(cli: Cli, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) {
    const token = cli.deps.env.TOOLGRANT_TOKEN?.trim();
    return token === '' ? undefined : token;
  }
  const text = await readGivenFile(cli, file, `the token file ${file}`);
  const token = text.trim();
  if (token === '') {
    throw new BrokerError('ERR_USAGE', `the token file ${file} is empty`, {
      hint: 'put in what `toolgrant session open` prints',
    });
  }
  return token;
}
