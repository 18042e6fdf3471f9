import { approveServers, type StartedServer } from '../admin/init-approve.ts';
import { type Candidate, candidates } from '../admin/init-import.ts';
import { subjectFor } from '../admin/init-names.ts';
import { carryOutImport, newServers, planImport } from '../admin/init-plan.ts';
import type { InitClient, InitPorts } from '../admin/init-ports.ts';
import { callsToTry } from '../admin/init-try.ts';
import { isGrantName } from '../authorize/grant-schema.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';
import type { OpenedAdmin } from './cli-deps.ts';
import { EXIT } from './exit-code.ts';
import { approvalFace } from './init-approval-face.ts';
import { connectClients } from './init-connect.ts';
import { printDryRun } from './init-dry-run.ts';
import { giveFirstGrant } from './init-give.ts';
import { type InitResult, initJson } from './init-json.ts';
import { asksNobody, goOn, type InitOptions, Stopped } from './init-options.ts';
import { askInputs, pickServers, printFound } from './init-pick.ts';
import { printImport, printTry } from './init-print.ts';

/**
 * Takes over, approves, grants, connects; asks before each step unless told not to.
 *
 * @returns the exit code.
 */
export async function runInit(cli: Cli, options: InitOptions): Promise<number> {
  const { deps, print } = cli;
  if (!options.yes && !options.dryRun && (options.json || !deps.isTerminal.stdin)) {
    throw new BrokerError('ERR_USAGE', '`init` asks before each step, and nobody can answer', {
      hint: 'look with --dry-run, then add --yes',
    });
  }
  const ports = await deps.openInit(cli.globals());
  const subject = options.subject ?? subjectFor(ports.userName);
  if (!isGrantName(subject)) {
    throw new BrokerError('ERR_USAGE', 'no grant can name this subject', {
      hint: 'a name without spaces at its ends, * or ?',
    });
  }
  const clients = chosenClients(await ports.clients(), options);
  const config = await ports.config();
  const found = candidates(ports, clients, config).filter(
    ({ from }) =>
      options.server === undefined || from.some(({ name }) => options.server?.includes(name)),
  );
  assertNamed(found, options);
  const problems = clients.flatMap((client) => client.problems);
  for (const problem of problems) print.warning(problem);
  if (found.length === 0)
    return nothingFound(cli, config.path, Object.keys(config.servers), options);
  try {
    if (!options.json) printFound(cli, found, clients);
    const picked = await pickServers(cli, found, options);
    const inputs = await askInputs(cli, picked, options);
    const plan = planImport(ports, config, picked, inputs);
    if (options.dryRun) {
      printDryRun(cli, { config, plan, clients, subject, problems }, options);
      return EXIT.done;
    }
    if (!options.json) printImport(cli, config, plan);
    const { kept } = await carryOutImport(ports, config, plan);
    return await cli.withAdmin('init', (admin) =>
      govern(cli, ports, admin, options, { clients, subject, problems, plan, kept }),
    );
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    print.note('stopped: what was done stays, and the same command goes on from there');
    return EXIT.no;
  }
}

type Begun = Pick<InitResult, 'plan' | 'kept' | 'problems' | 'subject'> & {
  readonly clients: readonly InitClient[];
};

/** Starts and approves, grants, connects: in this order, so that a client never meets less than it had. */
async function govern(
  cli: Cli,
  ports: InitPorts,
  admin: OpenedAdmin,
  options: InitOptions,
  begun: Begun,
): Promise<number> {
  const { context } = admin;
  const { plan, subject } = begun;
  const wanted = [
    ...new Set(plan.filter(({ problem }) => problem === undefined).map(({ name }) => name)),
  ];
  const servers = await approveServers(
    context,
    wanted,
    async (name) => {
      try {
        return await cli.deps.readOffer(admin, name);
      } catch (error) {
        // Ended by the person's Ctrl-C, a start looks like one that failed.
        goOn(cli);
        throw error;
      }
    },
    approvalFace(cli, options),
  );
  const failed = servers.filter(({ state }) => state === 'failed').map(({ server }) => server);
  const isLeftOut = failed.filter((name) => plan.some((one) => one.name === name && !one.isKnown));
  if (isLeftOut.length > 0) {
    const config = await ports.config();
    await ports.writeConfig(config, ports.withDisabled(config, isLeftOut));
  }
  const governed = servers.filter(isGoverned).map(({ server }) => server);
  const grant = await giveFirstGrant(cli, context, subject, governed, options);
  const clients =
    governed.length === 0 ? [] : await connectClients(cli, admin, begun, governed, options);
  const toTry = await callsToTry(context, subject, context.serverNames);
  const result: InitResult = {
    ...begun,
    configPath: admin.config.configPath,
    servers,
    grant,
    clients,
    toTry,
  };
  if (options.json) cli.print.json(initJson(result));
  else printTry(cli, result);
  const running = await context.brokers.list();
  if (running.length > 0 && newServers(plan).length > 0) {
    cli.print.note('brokers that run do not have the new tool servers: restart them');
  }
  if (governed.length === 0) {
    if (failed.length > 0) return EXIT.failed;
    return servers.length === 0 && plan.every(({ isKnown }) => isKnown) ? EXIT.done : EXIT.no;
  }
  return clients.some(({ state }) => state === 'failed') ? EXIT.no : EXIT.done;
}

const isGoverned = ({ state }: StartedServer): boolean => state === 'approved' || state === 'known';

function chosenClients(all: readonly InitClient[], options: InitOptions): readonly InitClient[] {
  const missing = options.client?.find((id) => !all.some((client) => client.id === id));
  if (missing === undefined) {
    return options.client === undefined
      ? all
      : all.filter(({ id }) => options.client?.includes(id));
  }
  throw new BrokerError('ERR_NOT_FOUND', `no client ${missing} was found here`, {
    hint: `found: ${all.map(({ id }) => id).join(', ') || 'none'}`,
  });
}

function assertNamed(found: readonly Candidate[], options: InitOptions): void {
  const missing = options.server?.find(
    (wanted) => !found.some(({ from }) => from.some(({ name }) => name === wanted)),
  );
  if (missing === undefined) return;
  throw new BrokerError('ERR_NOT_FOUND', `no client has a tool server ${missing}`, {
    hint: 'see what there is with `toolgrant init --dry-run`',
  });
}

function nothingFound(
  cli: Cli,
  path: string,
  names: readonly string[],
  options: InitOptions,
): number {
  const { print } = cli;
  if (names.length === 0) {
    throw new BrokerError('ERR_NOT_FOUND', 'no client here has a tool server to take over', {
      hint: `write the first one into ${path}, as \`mcpServers\` of any client has it, then \`toolgrant tools approve\``,
    });
  }
  if (options.json) print.json(initJson(undefined));
  else print.lines(`nothing new: no client has a tool server besides those in ${path}`);
  if (asksNobody(options)) return EXIT.done;
  print.next(['tools', 'list']);
  print.next(['grant', 'list']);
  return EXIT.done;
}
