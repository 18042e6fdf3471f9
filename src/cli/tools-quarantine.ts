import type { Command } from 'commander';
import { quarantineTools } from '../admin/quarantine-tools.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';
import { remarkLock } from './print-lock.ts';

/** `toolgrant tools quarantine`: true when the command returns. */
export function addToolsQuarantine(tools: Command, cli: Cli): void {
  tools
    .command('quarantine')
    .description(
      'take tools, prompts, templates or instructions out now, until they are approved again',
    )
    .argument('<server>')
    .argument(
      '[item...]',
      'a tool by name, prompt:NAME, template:URI, instructions; otherwise all of the server',
    )
    .option('--json', 'print the result as JSON', false)
    .action(async (server: string, names: string[], options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('tools quarantine', async ({ context }) => {
          const { print } = cli;
          const done = await quarantineTools(context, server, names);
          if (options.json) {
            print.json({ server, tools: done.items, brokers: drainJson(done.drain) });
            remarkSilent(done.drain, print);
          } else {
            print.lines(
              done.items.length === 0
                ? `${server}: out already`
                : `${server}: took out ${done.items.join(', ')}`,
            );
            printDrain(done.drain, print);
          }
          if (done.lock !== undefined) remarkLock(done.lock, print);
          if (done.lockFailure !== undefined) {
            print.warning(`${done.lockFailure}; they are out all the same`);
          }
          print.next(['tools', 'approve', server, ...names]);
          return exitOfDrain(done.drain);
        }),
      );
    });
}
