import type { Command } from 'commander';
import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';

/** Commands the design names and this version does not have, by their group. */
const LATER: readonly (readonly [group: string | undefined, names: readonly string[]])[] = [
  [undefined, ['monitor']],
  ['audit', ['export']],
];

/** Answers commands of later versions by name, instead of as typing errors. */
export function addLater(program: Command, _cli: Cli): void {
  for (const [group, names] of LATER) {
    const parent =
      group === undefined ? program : program.commands.find((command) => command.name() === group);
    for (const name of names) {
      parent
        ?.command(name, { hidden: true })
        .argument('[words...]')
        .allowUnknownOption()
        .helpOption(false)
        .action(() => {
          const full = group === undefined ? name : `${group} ${name}`;
          throw new BrokerError('ERR_USAGE', `\`${full}\` is not in this version`, {
            hint: 'see `toolgrant --help` for what is',
          });
        });
    }
  }
}
