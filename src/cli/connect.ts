import type { Command } from 'commander';
import {
  CONNECTABLE_CLIENTS,
  type ConnectedClient,
  connectClient,
  ENTRY_ALIAS,
  isConnectableClient,
} from '../admin/connect-client.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { shellWord } from './shell-words.ts';

/** `toolgrant connect`: makes a profile and prints the entry for a client's file. */
export function addConnect(program: Command, cli: Cli): void {
  program
    .command('connect')
    .helpGroup('Run:')
    .description('make a profile for a client and print the entry for its file')
    .argument('<client>', CONNECTABLE_CLIENTS.join(' or '))
    .requiredOption('--subject <id>', 'whose grants the client uses')
    .option('--print', 'print the entry; this version does not write into clients’ files', false)
    .option('--json', 'print profile and entry as JSON', false)
    .action(async (client: string, options: { subject: string; print: boolean; json: boolean }) => {
      if (!isConnectableClient(client)) {
        throw new BrokerError('ERR_USAGE', `no entry is known for the client ${client}`, {
          hint: `use ${CONNECTABLE_CLIENTS.join(' or ')}`,
        });
      }
      if (!options.print) {
        throw new BrokerError('ERR_USAGE', 'this version does not write into clients’ files', {
          hint: 'add --print and paste what it prints',
        });
      }
      cli.exit(
        await cli.withAdmin('connect', async ({ context, config }) => {
          const connected = await connectClient(context, client, options.subject, {
            node: cli.deps.nodePath,
            cli: cli.deps.cliPath,
            config: config.configPath,
          });
          if (options.json) {
            const { profile, subject, entry } = connected;
            cli.print.json({ profile, subject, client, entry });
          } else cli.print.json(connected.entry);
          explain(connected, cli);
          return EXIT.done;
        }),
      );
    });
}

function explain(connected: ConnectedClient, cli: Cli): void {
  const { print } = cli;
  print.note(
    connected.wasRevoked
      ? `profile ${connected.profile} is in use again`
      : `profile ${connected.profile} is ready`,
  );
  switch (connected.client) {
    case 'claude-desktop':
      print.note(
        'paste the entry into claude_desktop_config.json (settings, developer, edit config), then quit and start claude desktop',
      );
      break;
    case 'claude-code': {
      const servers = connected.entry.mcpServers;
      const entry = JSON.stringify(Object.values(servers ?? {})[0]);
      print.note(
        `paste the entry into .mcp.json, or run: claude mcp add-json ${ENTRY_ALIAS} ${shellWord(entry)}`,
      );
      break;
    }
  }
  if (connected.isGranted) print.next(['grant', 'list', '--subject', connected.subject]);
  else {
    print.note(
      `no live grant is for ${connected.subject} through ${connected.profile}: the client will see no tools`,
    );
    print.next(['grant', 'create', connected.subject, '--permit', 'server/tool', '--ttl', '8h']);
  }
}
