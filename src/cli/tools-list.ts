import type { Command } from 'commander';
import { type ListedTool, listTools } from '../admin/list-tools.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { flagWords } from './print-difference.ts';

/** `toolgrant tools list`: every known tool, and why one is not callable. */
export function addToolsList(tools: Command, cli: Cli): void {
  tools
    .command('list')
    .description('list known tools, and why one is not callable')
    .argument('[server]')
    .option('--json', 'print an array', false)
    .action(async (server: string | undefined, options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('tools list', async ({ context }) => {
          const listed = await listTools(context, server);
          if (options.json) cli.print.json(listed.map(toolJson));
          else printTable(listed, cli);
          const waiting = listed.find(({ state }) => state === 'drifted' || state === 'unapproved');
          if (waiting !== undefined) cli.print.next(['tools', 'diff', waiting.server]);
          return EXIT.done;
        }),
      );
    });
}

function printTable(listed: readonly ListedTool[], cli: Cli): void {
  cli.print.table(
    ['SERVER', 'TOOL', 'NAME', 'STATE', 'DEFINITION', 'WHY'],
    listed.map(({ server, tool, name, state, hash, why, flags }) => [
      server,
      tool,
      name,
      state,
      hash.slice(0, 16),
      [...(why === undefined ? [] : [why]), ...flags.map(flagWords)].join('; '),
    ]),
  );
}

const toolJson = ({ server, tool, name, state, why, flags, hash }: ListedTool) => ({
  server,
  tool,
  name,
  state,
  why: why ?? null,
  flags,
  hash,
});
