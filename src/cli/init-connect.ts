import { connectFile } from '../admin/connect-file.ts';
import type { PlannedServer } from '../admin/init-plan.ts';
import type { InitClient } from '../admin/init-ports.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';
import type { OpenedAdmin } from './cli-deps.ts';
import { asksNobody, goOn, type InitOptions, Stopped } from './init-options.ts';
import { commandLine, shellWord } from './shell-words.ts';

/** What became of one client. */
export interface ClientResult {
  readonly client: InitClient;
  readonly state: 'connected' | 'unchanged' | 'declined' | 'failed';
  readonly profile?: string;
  /** Tool servers taken out of its file, as it named them. */
  readonly movedOut: readonly string[];
  /** Tool servers that stay in its file: it reaches them without the broker. */
  readonly besides: readonly string[];
  readonly backup?: string;
  readonly problem?: string;
}

/** The clients picked tool servers came from, or those that were named. */
export function clientsToConnect(
  clients: readonly InitClient[],
  plan: readonly PlannedServer[],
  options: InitOptions,
): readonly InitClient[] {
  const sources = new Set(plan.flatMap(({ from }) => from.map(({ client }) => client)));
  return clients.filter(({ id }) => options.client !== undefined || sources.has(id));
}

/** What of a client's file is behind the broker, under the client's own names. */
export const governedIn = (
  { id }: InitClient,
  plan: readonly PlannedServer[],
  governed: readonly string[],
): readonly string[] =>
  plan
    .filter(({ name }) => governed.includes(name))
    .flatMap(({ from }) => from.filter(({ client }) => client === id).map(({ name }) => name));

/**
 * Connects the clients, each in one write with taking out what is behind the broker now. A client that
 * cannot be connected costs no other.
 *
 * @throws Stopped
 */
export async function connectClients(
  cli: Cli,
  admin: OpenedAdmin,
  begun: {
    readonly clients: readonly InitClient[];
    readonly plan: readonly PlannedServer[];
    readonly subject: string;
  },
  governed: readonly string[],
  options: InitOptions,
): Promise<readonly ClientResult[]> {
  const results: ClientResult[] = [];
  const files = await cli.deps.clientFiles(admin);
  const { nodePath: node, cliPath } = cli.deps;
  const start = { node, cli: cliPath, config: admin.config.configPath };
  for (const client of clientsToConnect(begun.clients, begun.plan, options)) {
    goOn(cli);
    const inFile = governedIn(client, begun.plan, governed);
    const all = client.servers.filter(({ isOurs, isDisabled }) => !isOurs && !isDisabled);
    const besides = all.map(({ name }) => name);
    const base = { client, movedOut: [], besides };
    if (client.notConnectable !== undefined) {
      results.push({ ...base, state: 'failed', problem: client.notConnectable });
      continue;
    }
    const wish = await whatToDo(cli, client, inFile, options);
    if (wish === undefined) {
      results.push({ ...base, state: 'declined' });
      continue;
    }
    try {
      const { profile, change } = await connectFile(admin.context, files, {
        client: client.id,
        subject: begun.subject,
        start,
        way: 'stdio',
        asShell: ([first = '', ...rest]) => commandLine(shellWord(first), rest),
        moveOut: wish,
      });
      results.push({
        client,
        state: change.before === change.after ? 'unchanged' : 'connected',
        profile,
        movedOut: wish,
        besides: besides.filter((name) => !wish.includes(name)),
        ...(change.backup === undefined ? {} : { backup: change.backup }),
      });
    } catch (error) {
      // What cannot be recorded ends the command; a file that cannot be edited is one client's affair.
      if (!(error instanceof BrokerError) || error.code === 'ERR_NOT_COMMITTED') throw error;
      results.push({ ...base, state: 'failed', problem: error.message });
    }
  }
  return results;
}

/** The tool servers to take out; `undefined`: the client is not to be connected. */
async function whatToDo(
  cli: Cli,
  client: InitClient,
  inFile: readonly string[],
  options: InitOptions,
): Promise<readonly string[] | undefined> {
  const out = options.keepServers ? [] : inFile;
  if (asksNobody(options)) return out;
  if (!(await yes(cli, `connect ${client.title} (${client.path})? [y/N]`))) return undefined;
  if (out.length === 0) return out;
  cli.print.note(`${client.title} can still reach ${out.join(', ')} without the broker`);
  const isOut = await yes(
    cli,
    'take them out of its file? the original is kept, and `toolgrant disconnect` brings them back [y/N]',
  );
  return isOut ? out : [];
}

async function yes(cli: Cli, question: string): Promise<boolean> {
  const answer = await cli.deps.askLine(question);
  if (answer === undefined) throw new Stopped();
  return /^y(es)?$/i.test(answer.trim());
}
