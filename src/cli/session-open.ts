import type { Command } from 'commander';
import { openSession } from '../admin/open-session.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { formatInstant } from './format-instant.ts';
import { durationOption } from './parse-values.ts';

interface Options {
  readonly subject: string;
  readonly ttl?: number;
  readonly client?: string;
  readonly purpose?: string;
  readonly json: boolean;
}

/** `toolgrant session open`: prints the token alone on standard output, once. */
export function addSessionOpen(session: Command, cli: Cli): void {
  session
    .command('open')
    .description('open a session and print its token, once')
    .requiredOption('--subject <id>', 'whose grants decide')
    .option('--ttl <duration>', 'life: 8h when absent, at most 24h', durationOption)
    .option('--client <profile>', 'count as this client')
    .option('--purpose <text>', 'why, for the audit')
    .option('--json', 'print id, token and expiry as JSON', false)
    .action(async (options: Options) => {
      cli.exit(await cli.withAdmin('session open', ({ context }) => open(cli, context, options)));
    });
}

async function open(
  cli: Cli,
  context: Parameters<typeof openSession>[0],
  options: Options,
): Promise<number> {
  const { print } = cli;
  const opened = await openSession(
    context,
    {
      subject: options.subject,
      ...(options.ttl === undefined ? {} : { lifeMs: options.ttl }),
      ...(options.client === undefined ? {} : { client: options.client }),
      ...(options.purpose === undefined ? {} : { purpose: options.purpose }),
    },
    (session) => cli.deps.mintToken(context, session),
  );
  const { id, expiresAt } = opened.session;
  if (options.json) print.json({ id, token: opened.token, expiresAt: formatInstant(expiresAt) });
  else print.lines(opened.token);
  print.note(
    `session ${id} of ${options.subject}, until ${formatInstant(expiresAt)}${opened.isCapped ? ', when the last grant ends' : ''}; the token is shown once`,
  );
  if (!opened.isGranted) {
    print.warning(
      options.client === undefined
        ? `every live grant of ${options.subject} is for named clients: this session will see no tools`
        : `no live grant of ${options.subject} is for ${options.client}: this session will see no tools`,
    );
  }
  print.next(['session', 'revoke', id]);
  return EXIT.done;
}
