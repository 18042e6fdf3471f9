import type { Command } from 'commander';
import { liftHalt, orderHalt } from '../admin/halt.ts';
import type { Halt } from '../authorize/halt-store.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { formatInstant } from './format-instant.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';

interface Options {
  readonly lift: boolean;
  readonly reason?: string;
  readonly json: boolean;
}

/** `toolgrant halt`: everything is refused, everywhere, once the command returns. */
export function addHalt(program: Command, cli: Cli): void {
  program
    .command('halt')
    .helpGroup('Decide:')
    .description('refuse everything, everywhere, now, until it is lifted')
    .option('--lift', 'end the halt', false)
    .option('--reason <text>', 'why, for the audit')
    .option('--json', 'print the result as JSON', false)
    .action(async ({ lift, reason, json }: Options) => {
      cli.exit(
        await cli.withAdmin('halt', async ({ context }) => {
          const { print } = cli;
          const { before, drain } = await (lift ? liftHalt : orderHalt)(context, reason);
          if (json) {
            const since = before === undefined ? null : formatInstant(before.at);
            print.json({
              halted: !lift,
              wasHalted: before !== undefined,
              since,
              brokers: drainJson(drain),
            });
            remarkSilent(drain, print);
          } else {
            print.lines(lift ? liftedLine(before) : haltedLine(before));
            printDrain(drain, print);
          }
          if (lift) print.next(['audit', 'tail']);
          else print.next(['halt', '--lift']);
          return exitOfDrain(drain);
        }),
      );
    });
}

const sinceOf = ({ at, reason }: Halt): string =>
  `since ${formatInstant(at)}${reason === undefined ? '' : `: ${reason}`}`;

const haltedLine = (before: Halt | undefined): string =>
  before === undefined ? 'halted: everything is refused' : `halted already, ${sinceOf(before)}`;

const liftedLine = (before: Halt | undefined): string =>
  before === undefined ? 'nothing was halted' : `lifted the halt ${sinceOf(before)}`;
