import { type Command, Option } from 'commander';
import type { ClientFiles, ClientSummary, EntryChange } from '../admin/client-files.ts';
import { ENTRY_ALIAS } from '../admin/client-files.ts';
import { type ConnectedClient, connectClient } from '../admin/connect-client.ts';
import {
  type ConnectRequest,
  connectFile,
  entryFor,
  previewConnect,
} from '../admin/connect-file.ts';
import { CLIENT_IDS, type ClientId, isClientId } from '../domain/client-ids.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';
import type { OpenedAdmin } from './cli-deps.ts';
import { changeJson, printChange } from './entry-change.ts';
import { EXIT } from './exit-code.ts';
import type { Printer } from './printer.ts';
import { commandLine, shellWord } from './shell-words.ts';

interface Options {
  readonly subject: string;
  readonly http: boolean;
  readonly interactive: boolean;
  readonly print: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** `toolgrant connect`: makes a profile and writes one entry into a client's own file. */
export function addConnect(program: Command, cli: Cli): void {
  program
    .command('connect')
    .helpGroup('Run:')
    .description("make a profile for a client and write our entry into the client's file")
    .argument('<client>', CLIENT_IDS.join(', '))
    .requiredOption('--subject <id>', 'whose grants the client uses')
    .option('--http', 'connect to a running broker instead of starting one', false)
    .option(
      '--interactive',
      'a person sits at the client: rules with `approval: client` may ask there',
      false,
    )
    .option('--print', 'print the entry instead of writing it', false)
    .addOption(
      new Option('--dry-run', 'only say what would change').default(false).conflicts('print'),
    )
    .option('--json', 'print profile, entry and change as JSON', false)
    .action(async (client: string, options: Options) => {
      const id = knownClient(client);
      cli.exit(await cli.withAdmin('connect', (admin) => connect(cli, admin, id, options)));
    });
}

/** @throws BrokerError `ERR_USAGE` for a client nothing is known of. */
export function knownClient(text: string): ClientId {
  if (isClientId(text)) return text;
  throw new BrokerError('ERR_USAGE', `no entry is known for the client ${text}`, {
    hint: `use one of ${CLIENT_IDS.join(', ')}`,
  });
}

async function connect(
  cli: Cli,
  admin: OpenedAdmin,
  client: ClientId,
  { subject, http, interactive, print, dryRun, json }: Options,
): Promise<number> {
  const { context, config } = admin;
  const files = await cli.deps.clientFiles(admin);
  const summary = files.summary(client);
  const { nodePath: node, cliPath } = cli.deps;
  const request: ConnectRequest = {
    client,
    subject,
    start: { node, cli: cliPath, config: config.configPath },
    way: http ? 'http' : 'stdio',
    isInteractive: interactive,
    asShell: ([first = '', ...rest]) => commandLine(shellWord(first), rest),
  };
  if (dryRun) {
    const { profile, entry, change } = await previewConnect(context, files, request);
    const { value, text } = files.spell(client, entry);
    if (json)
      cli.print.json({ profile, subject, client, entry: value, ...changeJson(change, true) });
    else printChange(cli.print, change, text);
    return EXIT.done;
  }
  if (print) {
    remarks(await printEntry(cli, context, files, request, json), summary, cli);
    return EXIT.done;
  }
  const connected = await connectFile(context, files, request);
  const { profile, change } = connected;
  const { value, text } = files.spell(client, connected.entry);
  if (json)
    cli.print.json({ profile, subject, client, entry: value, ...changeJson(change, false) });
  else printChange(cli.print, change, text);
  explainChange(summary, connected, change, cli);
  remarks(connected, summary, cli);
  return EXIT.done;
}

/** Some clients have no file a person could paste into: those are refused before a profile is made. */
async function printEntry(
  cli: Cli,
  context: OpenedAdmin['context'],
  files: ClientFiles,
  request: ConnectRequest,
  json: boolean,
): Promise<ConnectedClient> {
  const { client, subject, start } = request;
  const summary = files.summary(client);
  const { path, title, notEditable } = summary;
  if (path === undefined) {
    throw new BrokerError('ERR_USAGE', `${title} cannot use this broker`, {
      hint: notEditable ?? 'it has no file on this system',
    });
  }
  entryFor(files, request, client);
  const made = await connectClient(context, client, subject, start, request.isInteractive);
  const connected = { ...made, entry: entryFor(files, request, made.profile) };
  const { value, text } = files.spell(client, connected.entry);
  if (json) cli.print.json({ profile: made.profile, subject, client, entry: value });
  else cli.print.text(text);
  const inner = Object.values(Object.values(value)[0] ?? {})[0];
  explainPaste(summary, connected, inner, cli);
  return connected;
}

function explainPaste(
  { id, path, needsRestart }: ClientSummary,
  connected: ConnectedClient,
  entry: unknown,
  { print }: Cli,
): void {
  explainProfile(connected, print);
  print.note(`paste the entry into ${path}, then: ${needsRestart}`);
  if (id !== 'claude-code') return;
  const words = ['mcp', 'add-json', '--scope', 'user', ENTRY_ALIAS, JSON.stringify(entry)];
  print.note(`or run: ${commandLine('claude', words)}`);
}

function explainChange(
  { title, needsRestart, logs }: ClientSummary,
  connected: ConnectedClient,
  { path, before, after, backup }: EntryChange,
  { print }: Cli,
): void {
  explainProfile(connected, print);
  if (before === after) print.note(`${path} has this entry already`);
  if (backup !== undefined) print.note(`the file as it was is kept in ${backup}`);
  print.note(`${title} sees it after this: ${needsRestart}`);
  if (logs !== undefined) print.note(`what it says of servers is in ${logs}`);
}

function explainProfile({ profile, wasRevoked }: ConnectedClient, print: Printer): void {
  print.note(wasRevoked ? `profile ${profile} is in use again` : `profile ${profile} is ready`);
}

/** What the client will miss, and the commands that follow. */
function remarks(
  { subject, profile, entry, isGranted, client }: ConnectedClient,
  { httpToken }: ClientSummary,
  { print, deps }: Cli,
): void {
  if (/[\\/]_npx[\\/]/.test(deps.cliPath)) {
    print.warning(
      "the entry names npx's cache, which npm may empty: install toolgrant, and connect again",
    );
  }
  if (entry.kind === 'http' && httpToken === 'environment') {
    print.note(
      `start the client with TOOLGRANT_TOKEN set to what \`toolgrant token --profile ${profile}\` prints`,
    );
  }
  if (!isGranted) {
    print.note(`no live grant is for ${subject} through ${profile}: the client will see no tools`);
    print.next(['grant', 'create', subject, '--permit', 'server/tool', '--ttl', '8h']);
  } else if (entry.kind === 'http') print.next(['serve']);
  else print.next(['grant', 'list', '--subject', subject]);
  print.note(`undone by \`toolgrant disconnect ${client}\``);
}
