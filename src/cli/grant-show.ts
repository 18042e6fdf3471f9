import type { Command } from 'commander';
import { findGrant } from '../admin/list-grants.ts';
import { mismatchedConditions } from '../admin/mismatched-conditions.ts';
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
          const found = await findGrant(context, id);
          const shape = grantJson(found, context.clock.now());
          const mismatched = await mismatchedConditions(context, found);
          if (options.json) cli.print.json(shape);
          else {
            const { rules, ...plain } = shape;
            for (const [name, value] of Object.entries(plain)) {
              const text = Array.isArray(value) ? value.join(' ') : String(value ?? '-');
              cli.print.lines(`${name.padEnd(18)} ${text}`);
            }
            for (const [index, { effect, pattern, when, line }] of rules.entries()) {
              cli.print.lines(`${effect.padEnd(18)} ${pattern}  (${shape.file}:${line})`);
              if (when !== null)
                cli.print.lines(`${'  when'.padEnd(18)} ${when.replace(/\s+/g, ' ')}`);
              const why = mismatched.get(index);
              if (why === undefined) continue;
              const does = effect === 'permit' ? 'permits nothing' : 'denies all it matches';
              cli.print.warning(`${shape.file}:${line} ${does}: ${why}`);
            }
          }
          return EXIT.done;
        }),
      );
    });
}
