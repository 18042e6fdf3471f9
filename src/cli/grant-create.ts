import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  createGrant,
  draftGrant,
  type GrantWish,
  type WishedTerms,
} from '../admin/create-grant.ts';
import { type GrantInspection, inspectGrant } from '../admin/inspect-grant.ts';
import { formatInstant } from '../authorize/format-grant.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Approver, Rate } from '../domain/rule-terms.ts';
import { askGrant } from './ask-grant.ts';
import { type Cli, exitOfDrain } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { grantDocumentJson } from './grant-json.ts';
import {
  byteSizeOption,
  collect,
  durationOption,
  hoursOption,
  rateOption,
} from './parse-values.ts';
import { drainJson, printDrain, remarkSilent } from './print-drain.ts';
import { remarkInForce } from './print-in-force.ts';

interface Options {
  readonly permit?: readonly string[];
  readonly deny?: readonly string[];
  readonly ttl?: number;
  readonly purpose?: string;
  readonly client?: readonly string[];
  readonly id?: string;
  readonly when?: string;
  readonly hours?: string;
  readonly limit?: readonly Rate[];
  readonly approval?: Approver;
  readonly wait?: number;
  readonly maxResult?: number;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** `toolgrant grant create`: writes a grant file and puts it in force. */
export function addGrantCreate(grant: Command, cli: Cli): void {
  grant
    .command('create')
    .description('write a grant file and put it in force; on a terminal, asks when not told what')
    .argument('[subject]', 'who may')
    .option(
      '--permit <pattern>',
      'a glob over server/tool, prompt:server/name, resource:server/uri or ask:server/kind; repeatable',
      collect,
    )
    .option('--deny <pattern>', 'outweighs every permit; repeatable', collect)
    .option('--ttl <duration>', 'until when, from now: 8h, 7d', durationOption)
    .option('--purpose <text>', 'what for')
    .option('--client <profile>', 'only for this client; repeatable', collect)
    .option('--id <id>', 'made from subject and server when absent')
    .option('--when <condition>', 'of every --permit: a condition, in CEL, on its arguments')
    .option('--hours <hours>', 'of every --permit: Mon-Fri 08:00-18:00 Europe/Berlin', hoursOption)
    .option('--limit <rate>', 'of every --permit: 10/h, 5/10m; repeatable', rateOption)
    .addOption(
      new Option('--approval <who>', 'of every --permit: who approves each use').choices([
        'admin',
        'client',
      ]),
    )
    .option('--wait <duration>', 'how long a call is held open for its approval', durationOption)
    .option('--max-result <size>', 'of every --permit: its largest result, 64KB', byteSizeOption)
    .option('--dry-run', 'print the file and write nothing', false)
    .option('--json', 'print the grant as JSON', false)
    .action(async (subject: string | undefined, options: Options) => {
      const isTold = (options.permit ?? options.deny ?? options.ttl) !== undefined;
      if (!isTold && cli.deps.isTerminal.stdin) {
        cli.exit(
          await cli.withAdmin('grant create', ({ context }) => ask(cli, context, subject, options)),
        );
        return;
      }
      const wish = wishOf(subject, options);
      cli.exit(
        await cli.withAdmin('grant create', ({ context }) =>
          options.dryRun
            ? dryRun(cli, context, wish, options)
            : create(cli, context, wish, options),
        ),
      );
    });
}

function wishOf(subject: string | undefined, options: Options): GrantWish {
  if (subject === undefined) throw incomplete("missing required argument 'subject'");
  if (options.ttl === undefined) {
    throw incomplete("required option '--ttl <duration>' not specified");
  }
  const wish = {
    ...commonOf(options),
    subject,
    permits: options.permit ?? [],
    denies: options.deny ?? [],
    lifeMs: options.ttl,
  };
  if (wish.permits.length + wish.denies.length === 0) {
    throw new BrokerError('ERR_USAGE', 'a grant needs at least one --permit or --deny', {
      hint: "such as --permit 'files/read_*'",
    });
  }
  if (wish.permits.length === 0 && Object.keys(wish.terms).length > 0) {
    throw new BrokerError('ERR_USAGE', 'a condition, a limit or an approval is of a --permit', {
      hint: 'a deny holds always; write a file for one that does not',
    });
  }
  return wish;
}

const incomplete = (message: string): BrokerError =>
  new BrokerError('ERR_USAGE', message, { hint: 'see `toolgrant grant create --help`' });

function termsOf({ when, hours, limit, approval, wait, maxResult }: Options): WishedTerms {
  return {
    ...(when === undefined ? {} : { when }),
    ...(hours === undefined ? {} : { hours }),
    ...(limit === undefined ? {} : { rates: limit }),
    ...(approval === undefined ? {} : { approval }),
    ...(wait === undefined ? {} : { waitMs: wait }),
    ...(maxResult === undefined ? {} : { maxResultBytes: maxResult }),
  };
}

const commonOf = ({ client, purpose, id, ...options }: Options) => ({
  clients: client ?? [],
  terms: termsOf(options),
  ...(purpose === undefined ? {} : { purpose }),
  ...(id === undefined ? {} : { id }),
});

/** Asks what was not said, shows the file, and writes it after a yes. */
async function ask(
  cli: Cli,
  context: Context,
  subject: string | undefined,
  options: Options,
): Promise<number> {
  const { print } = cli;
  const { purpose } = options;
  const answers = await askGrant(cli, context, { subject, purpose });
  if (answers !== undefined) {
    const wish: GrantWish = { ...commonOf(options), ...answers, denies: [] };
    if (options.dryRun) return dryRun(cli, context, wish, options);
    const draft = await draftGrant(context, wish);
    for (const line of draft.text.trimEnd().split('\n')) print.note(line);
    const question = `write ${shownPath(cli, context, draft.file)} and put it in force?`;
    if (await cli.deps.confirm(question)) return create(cli, context, wish, options);
  }
  print.error('no grant was made');
  return EXIT.no;
}

type Context = Parameters<typeof createGrant>[0];

async function dryRun(
  cli: Cli,
  context: Context,
  wish: GrantWish,
  options: Options,
): Promise<number> {
  const draft = await draftGrant(context, wish);
  remark(cli, await inspectGrant(context, draft.document));
  if (options.json) {
    const { file, document } = draft;
    cli.print.json({ dryRun: true, file, grant: grantDocumentJson(document), brokers: null });
  } else cli.print.text(draft.text);
  cli.print.note(`nothing was written; this would be ${shownPath(cli, context, draft.file)}`);
  return EXIT.done;
}

async function create(
  cli: Cli,
  context: Context,
  wish: GrantWish,
  options: Options,
): Promise<number> {
  const { print } = cli;
  const inspected = await inspectGrant(context, (await draftGrant(context, wish)).document);
  const { document, file, drain } = await createGrant(context, wish);
  if (options.json) {
    const brokers = drain === undefined ? null : drainJson(drain);
    print.json({ dryRun: false, file, grant: grantDocumentJson(document), brokers });
    if (drain !== undefined) remarkSilent(drain, print);
  } else {
    print.lines(
      `${shownPath(cli, context, file)}: in force until ${formatInstant(document.expiresAt)}`,
    );
    if (drain !== undefined) printDrain(drain, print);
  }
  remark(cli, inspected);
  await remarkInForce(cli, context, [document.subject]);
  print.next(['connect', 'claude-desktop', '--subject', document.subject]);
  print.next(['session', 'open', '--subject', document.subject]);
  print.next(['grant', 'revoke', document.id]);
  return drain === undefined ? EXIT.done : exitOfDrain(drain);
}

function remark(cli: Cli, { warnings, vain, same }: GrantInspection): void {
  const { print } = cli;
  for (const warning of warnings) {
    print.warning(warning);
    print.note('hint: see `toolgrant tools list`, or the tool servers in the configuration');
  }
  for (const warning of vain) print.warning(warning);
  for (const { id, expiresAt } of same) {
    print.note(`${id} already permits the same, until ${formatInstant(expiresAt)}`);
  }
}

/** File names count from the configuration's folder; elsewhere only the whole path can be opened. */
const shownPath = (cli: Cli, context: Context, file: string): string =>
  cli.deps.cwd === context.configDir ? file : join(context.configDir, file);
