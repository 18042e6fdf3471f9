import type { Command } from 'commander';
import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';

/** Commands the design names and this version does not have. */
const LATER = ['monitor'];

/** Answers commands of later versions by name, instead of as typing errors. */
export function addLater(program: Command, _cli: Cli): void {
  for (const name of LATER) {
    program
      .command(name, { hidden: true })
      .argument('[words...]')
      .allowUnknownOption()
      .helpOption(false)
      .action(() => {
        throw new BrokerError('ERR_USAGE', `\`${name}\` is not in this version`, {
          hint: 'see `toolgrant --help` for what is',
        });
      });
  }
}
