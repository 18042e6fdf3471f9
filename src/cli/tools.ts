import type { Command } from 'commander';
import { approveTools, listTools, type ToolDifference } from '../admin/approve-tools.ts';
import { drainBrokers } from '../admin/drain-brokers.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';

/** `toolgrant tools`: what tool servers offer, as it was pinned. */
export function addTools(program: Command, cli: Cli): void {
  const tools = program
    .command('tools')
    .helpGroup('Decide:')
    .description('list pinned tools, and approve what changed');
  tools
    .command('list')
    .description('list pinned tools, and which of them the running server defines differently')
    .option('--json', 'print an array', false)
    .action(async (options: { json: boolean }) => {
      cli.exit(
        await cli.withAdmin('tools list', async ({ context }) => {
          const listed = await listTools(context);
          if (options.json) cli.print.json(listed);
          else {
            cli.print.table(
              ['SERVER', 'TOOL', 'STATE', 'DEFINITION'],
              listed.map(({ server, tool, state, hash }) => [
                server,
                tool,
                state,
                hash.slice(0, 16),
              ]),
            );
          }
          const drifted = listed.find(({ state }) => state === 'drifted');
          if (drifted !== undefined) cli.print.next(['tools', 'approve', drifted.server]);
          return EXIT.done;
        }),
      );
    });
  tools
    .command('approve')
    .description('start a tool server, show how it differs from what is pinned, and pin that')
    .argument('<server>')
    .option('--yes', 'do not ask', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (server: string, options: { yes: boolean; json: boolean }) => {
      cli.exit(await approve(cli, server, options));
    });
}

function approve(cli: Cli, server: string, options: { yes: boolean; json: boolean }) {
  return cli.withAdmin('tools approve', async (admin) => {
    const { context } = admin;
    const { differences, result } = await approveTools(
      context,
      server,
      (name) => cli.deps.readOffer(admin, name),
      async (found) => {
        if (!options.json) cli.print.lines(...differenceLines(found));
        if (options.yes) return true;
        if (cli.deps.isTerminal.stdin)
          return cli.deps.confirm(`pin these definitions of ${server}?`);
        cli.print.note('not a terminal: add --yes once the difference was looked at');
        return false;
      },
    );
    if (result === 'nothing') {
      if (options.json) cli.print.json({ server, approved: false, differences, brokers: null });
      else cli.print.lines(`${server}: nothing to approve`);
      return EXIT.done;
    }
    if (result === 'declined') {
      if (options.json) cli.print.json({ server, approved: false, differences, brokers: null });
      cli.print.error('not approved');
      return EXIT.no;
    }
    const drain = await drainBrokers(context);
    if (options.json) {
      cli.print.json({ server, approved: true, differences, brokers: drainJson(drain) });
      remarkSilent(drain, cli.print);
    } else {
      cli.print.lines(`${server}: pinned as it is now`);
      printDrain(drain, cli.print);
    }
    cli.print.next(['tools', 'list']);
    return exitOfDrain(drain);
  });
}

function differenceLines(differences: readonly ToolDifference[]): readonly string[] {
  return differences.flatMap(({ tool, kind, members }) => [
    `${kind}  ${tool}`,
    ...members.flatMap(({ name, pinned, live }) => [
      ...(pinned === null ? [] : [`  - ${name}: ${pinned}`]),
      ...(live === null ? [] : [`  + ${name}: ${live}`]),
    ]),
  ]);
}
