import type { Command } from 'commander';
import { type ListedItem, listTools } from '../admin/list-tools.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { flagWords } from './print-difference.ts';

/** `toolgrant tools list`: everything known of tool servers, and why some of it cannot be used. */
export function addToolsList(tools: Command, cli: Cli): void {
  tools
    .command('list')
    .description(
      'list known tools, prompts, templates and instructions, and why one cannot be used',
    )
    .argument('[server]')
    .option('--json', 'print an array', false)
    .action(async (server: string | undefined, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('tools list', async ({ context }) => {
          const listed = await listTools(context, server);
          if (options.json) cli.print.json(listed.map(itemJson));
          else printTable(listed, cli);
          const waiting = listed.find(({ state }) => state === 'drifted' || state === 'unapproved');
          if (waiting !== undefined) cli.print.next(['tools', 'diff', waiting.server]);
          return EXIT.done;
        }),
      );
    });
}

function printTable(listed: readonly ListedItem[], cli: Cli): void {
  cli.print.table(
    ['SERVER', 'KIND', 'ITEM', 'NAME', 'STATE', 'LABELS', 'DEFINITION', 'WHY'],
    listed.map(({ server, kind, item, name, state, hash, why, flags, labels }) => [
      server,
      kind,
      item,
      name ?? '-',
      state,
      labels.join(',') || '-',
      hash.slice(0, 16),
      [...(why === undefined ? [] : [why]), ...flags.map(flagWords)].join('; '),
    ]),
  );
}

const itemJson = ({ server, kind, item, name, state, why, flags, labels, hash }: ListedItem) => ({
  server,
  kind,
  tool: item,
  name: name ?? null,
  state,
  why: why ?? null,
  flags,
  labels,
  hash,
});
