import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';

/**
 * A file somebody named on the command line, as text. It fails alike wherever one is named.
 *
 * @param what names the file in the message.
 * @throws BrokerError `ERR_USAGE` for a file that cannot be read.
 */
export async function readGivenFile(cli: Cli, file: string, what: string): Promise<string> {
  try {
    return await cli.deps.readTextFile(file);
  } catch (error) {
    throw new BrokerError('ERR_USAGE', `cannot read ${what}`, {
      cause: error,
      hint: hintOf(error),
    });
  }
}

function hintOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'it may not be read: check its owner and mode';
    case 'EISDIR':
      return 'it is a folder: name a file';
    default:
      return 'check the path: a relative one starts at the current folder';
  }
}
