import { newServers, type PlannedServer } from '../admin/init-plan.ts';
import type { InitClient, InitConfig } from '../admin/init-ports.ts';
import type { Cli } from './cli.ts';
import { clientsToConnect, governedIn } from './init-connect.ts';
import type { InitOptions } from './init-options.ts';
import { printImport } from './init-print.ts';

/** What is known before anything is started. */
export interface DryRun {
  readonly config: InitConfig;
  readonly plan: readonly PlannedServer[];
  readonly clients: readonly InitClient[];
  readonly subject: string;
  readonly problems: readonly string[];
}

/**
 * Prints what `init` would change, as far as it is known without starting a tool server: which tools
 * there are, and so the grant, is not.
 */
export function printDryRun(cli: Cli, dry: DryRun, options: InitOptions): void {
  const { print } = cli;
  const { config, plan } = dry;
  const working = plan.filter(({ problem }) => problem === undefined).map(({ name }) => name);
  const clients = clientsToConnect(dry.clients, plan, options).map((client) => ({
    client,
    moveOut: options.keepServers ? [] : governedIn(client, plan, working),
  }));
  if (options.json) {
    print.json({
      dryRun: true,
      configPath: config.path,
      subject: dry.subject,
      servers: plan.map(({ name, from, isKnown, secrets, problem }) => ({
        name,
        from,
        isKnown,
        secrets: secrets.map((secret) => ({ name: secret.name, for: secret.label })),
        problem: problem ?? null,
      })),
      clients: clients.map(({ client, moveOut }) => ({
        client: client.id,
        path: client.path,
        moveOut,
        problem: client.notConnectable ?? null,
      })),
      problems: dry.problems,
    });
    return;
  }
  printImport(cli, config, plan);
  const secrets = newServers(plan).flatMap((one) => one.secrets);
  for (const { name, label } of secrets) {
    print.lines(`secret ${name} (${label}): into the keychain, or a file only you can read`);
  }
  for (const name of working) print.lines(`${name}: would be started once, and its tools shown`);
  print.lines(`a grant for ${dry.subject}, of tools that only read, for 8 hours`);
  for (const { client, moveOut } of clients) {
    print.lines(client.path);
    if (client.notConnectable !== undefined)
      print.note(`  not connected: ${client.notConnectable}`);
    else print.lines('+ tg', ...moveOut.map((name) => `- ${name}`));
  }
  print.note('nothing was written and nothing was started');
  print.next(['init', ...withoutDryRun(options)]);
}

/** What was given besides `--dry-run`: the same command, in earnest. */
function withoutDryRun(options: InitOptions): readonly string[] {
  return [
    ...(options.client ?? []).flatMap((id) => ['--client', id]),
    ...(options.server ?? []).flatMap((name) => ['--server', name]),
    ...(options.subject === undefined ? [] : ['--subject', options.subject]),
    ...(options.keepServers ? ['--keep-servers'] : []),
    ...(options.yes ? ['--yes'] : []),
  ];
}
