import type { Command } from 'commander';
import { type ApprovedTools, approveTools } from '../admin/approve-tools.ts';
import { drainBrokers } from '../admin/drain-brokers.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { differenceJson, differenceLines } from './print-difference.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';
import { remarkLock } from './print-lock.ts';

interface ApproveOptions {
  readonly server?: string;
  readonly all: boolean;
  readonly yes: boolean;
  readonly allowFlagged: boolean;
  readonly json: boolean;
}

/** `toolgrant tools approve`: pins what was shown, and nothing that arrived meanwhile. */
export function addToolsApprove(tools: Command, cli: Cli): void {
  tools
    .command('approve')
    .description('start a tool server, show how it differs from what is approved, and approve that')
    .argument('[server]', 'a tool server; left out with --server')
    .argument(
      '[item...]',
      'only these: a tool by name, prompt:NAME, template:URI, instructions; otherwise all but those somebody took out',
    )
    .option('--server <name>', 'the tool server, in place of the first argument')
    .option('--all', 'also those somebody took out', false)
    .option('--allow-flagged', 'also those with a flag that blocks', false)
    .option('--yes', 'do not ask', false)
    .option('--json', 'print the result as JSON', false)
    .action(
      async (
        first: string | undefined,
        rest: string[],
        options: ApproveOptions,
        command: Command,
      ) => {
        const server = options.server ?? first;
        if (server === undefined) return command.error("error: missing required argument 'server'");
        const names = options.server === undefined || first === undefined ? rest : [first, ...rest];
        cli.exit(await approve(cli, server, names, options));
      },
    );
}

function approve(cli: Cli, server: string, names: readonly string[], options: ApproveOptions) {
  const { print, deps } = cli;
  return cli.withAdmin('tools approve', async (admin) => {
    const { context } = admin;
    const done = await approveTools(
      context,
      server,
      { items: names, all: options.all, allowFlagged: options.allowFlagged },
      (name) => deps.readOffer(admin, name),
      async (found, remarks) => {
        for (const remark of remarks) print.note(remark);
        if (!options.json) print.lines(...differenceLines(found));
        if (options.yes) return true;
        if (deps.isTerminal.stdin) return deps.confirm(`approve these definitions of ${server}?`);
        print.note('not a terminal: add --yes once the difference was looked at');
        return false;
      },
    );
    const held = done.differences.filter((each) => each.held !== undefined);
    if (done.result === 'nothing') for (const remark of done.remarks) print.note(remark);
    if (done.result !== 'approved') return notApproved(cli, server, done, options.json);
    const drain = await drainBrokers(context);
    if (options.json) {
      print.json({
        server,
        approved: true,
        differences: done.differences.map(differenceJson),
        brokers: drainJson(drain),
      });
      remarkSilent(drain, print);
    } else {
      print.lines(`${server}: approved as it is now`);
      printDrain(drain, print);
    }
    if (done.lock !== undefined) remarkLock(done.lock, print);
    for (const { item, held: why } of held) {
      print.note(
        why === 'flagged'
          ? `${item} stays out: it is flagged, and needs --allow-flagged`
          : `${item} stays out: name it, or add --all`,
      );
    }
    print.next(['tools', 'list']);
    return exitOfDrain(drain);
  });
}

function notApproved(cli: Cli, server: string, done: ApprovedTools, json: boolean): number {
  const { differences, result } = done;
  if (json) {
    const found = differences.map(differenceJson);
    cli.print.json({ server, approved: false, differences: found, brokers: null });
  }
  if (result === 'declined') {
    cli.print.error('not approved');
    return EXIT.no;
  }
  if (differences.length === 0) {
    if (!json) cli.print.lines(`${server}: nothing to approve`);
    return EXIT.done;
  }
  if (!json) cli.print.lines(...differenceLines(differences));
  cli.print.error('not approved: everything that differs is held back');
  return EXIT.no;
}
