import { type Command, Option } from 'commander';
import { diffSince } from '../admin/diff-since.ts';
import { diffTools } from '../admin/list-tools.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { instantOption } from './parse-values.ts';
import { differenceJson, differenceLines } from './print-difference.ts';

interface DiffOptions {
  readonly live: boolean;
  /** Epoch microseconds. */
  readonly since?: number;
  readonly json: boolean;
}

/** `toolgrant tools diff`: what waits for an admin, word by word. */
export function addToolsDiff(tools: Command, cli: Cli): void {
  tools
    .command('diff')
    .description(
      'show how what a tool server offers differs from what was approved; exit 1 when any does',
    )
    .argument('[server]')
    .option('--live', 'start the tool server and compare with what it offers now', false)
    .addOption(
      new Option(
        '--since <instant>',
        'compare what is approved with what was approved then: an instant, or a duration ago such as 2h',
      )
        .argParser(instantOption(cli.deps.now))
        .conflicts('live'),
    )
    .option('--json', 'print an array', false)
    .action(async (server: string | undefined, options: DiffOptions) => {
      cli.exit(
        await cli.withAdmin('tools diff', async (admin) => {
          const live = options.live ? (name: string) => cli.deps.readOffer(admin, name) : undefined;
          const { since } = options;
          const all =
            since === undefined
              ? await diffTools(admin.context, server, live)
              : await diffSince(admin.context, since, server);
          for (const { server: name, remarks } of all) {
            for (const remark of remarks) cli.print.note(`${name}: ${remark}`);
          }
          const found = all.filter((each) => each.differences.length + each.waiting.length > 0);
          if (options.json) {
            cli.print.json(
              found.map(({ server: name, differences, waiting }) => ({
                server: name,
                differences: differences.map(differenceJson),
                waiting,
              })),
            );
          } else {
            for (const { server: name, differences, waiting } of found) {
              cli.print.lines(
                `${name}:`,
                ...differenceLines(differences).map((line) => `  ${line}`),
              );
              if (waiting.length > 0) {
                cli.print.lines(`  waits in mcp.lock.json: ${waiting.join(', ')}`);
              }
            }
          }
          const [first] = found;
          if (first === undefined) {
            cli.print.note(
              since === undefined && !options.live
                ? 'nothing differs, as far as it was seen; `--live` starts tool servers and looks'
                : 'nothing differs',
            );
            return EXIT.done;
          }
          if (since === undefined) cli.print.next(['tools', 'approve', first.server]);
          return EXIT.no;
        }),
      );
    });
}
