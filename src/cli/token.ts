import { type Command, Option } from 'commander';
import { clientOfProfile } from '../admin/connect-client.ts';
import { issueProfileToken } from '../admin/issue-profile-token.ts';
import type { Cli } from './cli.ts';
import type { OpenedAdmin } from './cli-deps.ts';
import { EXIT } from './exit-code.ts';
import { formatInstant } from './format-instant.ts';
import { durationOption } from './parse-values.ts';

interface Options {
  readonly profile: string;
  readonly ttl?: number;
  readonly header?: true;
  readonly json?: true;
}

/**
 * `toolgrant token`: a session token for a profile, for a client's `headersHelper` and for scripts.
 *
 * @see https://code.claude.com/docs/en/mcp
 */
export function addToken(program: Command, cli: Cli): void {
  program
    .command('token')
    .helpGroup('Run:')
    .description("open a session for a client's profile and print its token, once")
    .requiredOption('--profile <name>', 'as `toolgrant connect` made it')
    .option('--ttl <duration>', 'life: 8h when absent, at most 24h', durationOption)
    .addOption(
      new Option('--header', 'print the header as JSON, as headersHelper wants it').conflicts(
        'json',
      ),
    )
    .option('--json', 'print id, token and expiry as JSON')
    .action(async (options: Options) => {
      // A client's helper has neither the tool servers' variables nor time to unlock a keychain.
      const how = { leavesServersOut: true };
      cli.exit(await cli.withAdmin('token', (admin) => issue(cli, admin, options), how));
    });
}

async function issue(cli: Cli, { context }: OpenedAdmin, options: Options): Promise<number> {
  const { print } = cli;
  const issued = await issueProfileToken(context, options.profile, options.ttl, (session) =>
    cli.deps.mintToken(context, session),
  );
  if (issued.kind === 'revoked') {
    const profile = await context.profiles.find(options.profile);
    const client = clientOfProfile(options.profile) ?? 'CLIENT';
    print.error(`the profile ${options.profile} is revoked`);
    print.next(['connect', client, '--subject', profile?.subject ?? 'SUBJECT']);
    return EXIT.no;
  }
  if (issued.kind === 'suspended') {
    print.error(`a session of the profile ${options.profile} is suspended`);
    print.next(['client', 'show', options.profile]);
    return EXIT.no;
  }
  const { session, token } = issued;
  const expiresAt = formatInstant(session.expiresAt);
  if (options.header) print.jsonLine({ Authorization: `Bearer ${token}` });
  else if (options.json) print.json({ id: session.id, token, expiresAt });
  else print.lines(token);
  print.note(`session ${session.id} of ${session.subject}, until ${expiresAt}`);
  if (cli.deps.isTerminal.stdout) {
    print.warning(`whoever reads this terminal has the session until then`);
    print.next(['session', 'revoke', session.id]);
  }
  return EXIT.done;
}
