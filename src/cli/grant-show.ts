import type { Command } from 'commander';
import { findGrant } from '../admin/list-grants.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { grantJson } from './grant-json.ts';

/** `toolgrant grant show`: one grant as brokers obey it, each rule with its file and line. */
export function addGrantShow(grant: Command, cli: Cli): void {
  grant
    .command('show')
    .description('show one grant as brokers obey it')
    .argument('<id>')
    .option('--json', 'print an object', false)
    .action(async (id: string, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('grant show', async ({ context }) => {
          const shape = grantJson(await findGrant(context, id), context.clock.now());
          if (options.json) cli.print.json(shape);
          else {
            const { rules, ...plain } = shape;
            for (const [name, value] of Object.entries(plain)) {
              const text = Array.isArray(value) ? value.join(' ') : String(value ?? '-');
              cli.print.lines(`${name.padEnd(18)} ${text}`);
            }
            for (const { effect, pattern, line } of rules) {
              cli.print.lines(`${effect.padEnd(18)} ${pattern}  (${shape.file}:${line})`);
            }
          }
          return EXIT.done;
        }),
      );
    });
}
