import type { Command } from 'commander';
import { forget, undoContainment } from '../admin/monitor-undo.ts';
import { BrokerError } from '../domain/errors.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { countOption } from './parse-values.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';

/** `toolgrant monitor undo`: the session goes on, and its grant is in force again. */
export function addMonitorUndo(monitor: Command, cli: Cli): void {
  monitor
    .command('undo')
    .description('undo what was done about a signal')
    .argument('<seq>', 'number of the signal, or of what was done about it', countOption)
    .option('--json', 'print the result as JSON', false)
    .action(async (seq: number, { json }: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('monitor undo', async ({ context }) => {
          const { print } = cli;
          const { contained, resumed, reinstated, drain } = await undoContainment(context, seq);
          if (json) {
            print.json({
              undone: contained.seq,
              session: contained.session ?? null,
              resumed: resumed !== undefined,
              reinstated: reinstated ?? null,
              brokers: drainJson(drain),
            });
            remarkSilent(drain, print);
          } else {
            print.lines(`undone: what event ${contained.seq} did`);
            if (resumed !== undefined) print.lines(`resumed ${resumed}`);
            if (reinstated !== undefined) print.lines(`${reinstated} is in force again`);
            printDrain(drain, print);
          }
          return exitOfDrain(drain);
        }),
      );
    });
}

interface Options {
  readonly client?: string;
  readonly grant?: string;
  readonly json: boolean;
}

/** `toolgrant monitor forget`: what a client read, or what was learnt of a grant. */
export function addMonitorForget(monitor: Command, cli: Cli): void {
  monitor
    .command('forget')
    .description('forget what a client read, or what was learnt of a grant')
    .argument('[subject]')
    .option('--client <profile>', 'its client; without, the tokens that name none')
    .option('--grant <id>', 'what was learnt of a grant, in place of a subject')
    .option('--json', 'print the result as JSON', false)
    .action(async (subject: string | undefined, { client, grant, json }: Options) => {
      cli.exit(
        await cli.withAdmin('monitor forget', async ({ context }) => {
          const { print } = cli;
          const what = meant(subject, client, grant);
          const drain = await forget(context, what);
          if (json) {
            print.json({ forgot: what, brokers: drainJson(drain) });
            remarkSilent(drain, print);
          } else {
            print.lines(`forgotten: ${'grant' in what ? what.grant : what.subject}`);
            printDrain(drain, print);
          }
          return exitOfDrain(drain);
        }),
      );
    });
}

function meant(subject?: string, client?: string, grant?: string) {
  if (grant !== undefined && subject === undefined && client === undefined) return { grant };
  if (grant === undefined && subject !== undefined) {
    return { subject, ...(client === undefined ? {} : { client }) };
  }
  throw new BrokerError('ERR_USAGE', 'one subject, or one --grant');
}
