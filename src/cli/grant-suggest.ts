import type { Command } from 'commander';
import { suggestGrant } from '../admin/suggest-grant.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { grantDocumentJson } from './grant-json.ts';
import { durationOption, instantOption } from './parse-values.ts';
import { count } from './print-drain.ts';

interface Options {
  readonly subject: string;
  readonly client?: string;
  readonly since?: number;
  readonly ttl: number;
  readonly json: boolean;
}

/** `toolgrant grant suggest`: the least grant that would have permitted what was used, on standard output. */
export function addGrantSuggest(grant: Command, cli: Cli): void {
  const instant = instantOption(cli.deps.now);
  grant
    .command('suggest')
    .description(
      'write the least grant that would have permitted what was used; puts nothing in force',
    )
    .requiredOption('--subject <id>', 'whose uses')
    .requiredOption('--ttl <duration>', 'how long it is to hold, such as 30d', durationOption)
    .option('--client <profile>', 'only uses through this client, and for it')
    .option('--since <instant>', 'from then on: an instant, or a duration ago', instant)
    .option('--json', 'print an object', false)
    .action(async ({ subject, client, since, ttl, json }: Options) => {
      cli.exit(
        await cli.withAdmin('grant suggest', async ({ context }) => {
          const found = await suggestGrant(context, {
            subject,
            since: since ?? instant('7d'),
            lifeMs: ttl,
            ...(client === undefined ? {} : { client }),
          });
          const { print } = cli;
          const isEmpty = found.text === '';
          if (json) {
            print.json({
              grant: isEmpty ? null : grantDocumentJson(found.grant),
              text: isEmpty ? null : found.text,
              uses: found.uses,
              leftOut: found.leftOut,
              unnamed: Object.fromEntries(found.unnamed),
            });
          } else if (!isEmpty) print.text(found.text);
          for (const [what, times] of found.unnamed) {
            print.note(
              `no rule names ${what}, which was used ${times === 1 ? 'once' : `${times} times`}`,
            );
          }
          if (found.leftOut > 0) {
            print.note(`left out: ${count(found.leftOut, 'use')} whose result was withheld`);
          }
          if (isEmpty) print.note(`${subject} used nothing that a grant can name`);
          else
            print.note(
              `made from ${count(found.uses, 'use')}; write its purpose, and save it as ${found.grant.file}`,
            );
          return isEmpty ? EXIT.no : EXIT.done;
        }),
      );
    });
}
