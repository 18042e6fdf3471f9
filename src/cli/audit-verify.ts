import { type Command, Option } from 'commander';
import type { AdminContext } from '../admin/admin-context.ts';
import { queryAudit } from '../admin/audit-query.ts';
import { parseCheckpoints, verifyAudit } from '../admin/verify-audit.ts';
import type { VerifyReport } from '../audit/verify.ts';
import type { Checkpoint } from '../domain/event.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { countOption } from './parse-values.ts';
import { readGivenFile } from './read-given-file.ts';

/** Events between two remarks on progress. */
const REMARK_EVERY = 100_000;

/** Events beyond the newest checkpoint that are worth a new one: brokers make one as often. */
const MANY_BEYOND = 1_000;

/** `toolgrant audit verify`: proves the log, and says how far the proof reaches. */
export function addAuditVerify(audit: Command, cli: Cli): void {
  audit
    .command('verify')
    .description('prove the log; exit 1 when it was tampered with')
    .option('--against <file>', 'also against checkpoints kept elsewhere')
    .addOption(new Option('--checkpoint <file>').hideHelp())
    .option('--from <seq>', 'only from this event on', countOption)
    .option('--json', 'print an object', false)
    .action(async (options: Options) => {
      const outside = await readCheckpoints(cli, options.against ?? options.checkpoint);
      cli.exit(
        await cli.withAdmin('audit verify', async ({ context }) => {
          let remarked = 0;
          const onProgress = (events: number) => {
            if (!cli.deps.isTerminal.stderr || events - remarked < REMARK_EVERY) return;
            remarked = events;
            cli.print.note(`${events} events read`);
          };
          const report = await verifyAudit(context, outside, onProgress, options.from);
          if (options.json) cli.print.json(reportJson(report));
          else {
            printReport(report, cli);
            if (report.ok) {
              printUncovered(report, outside.length > 0, cli);
              printNext(report, await lastMade(context), cli);
            }
          }
          return report.ok ? EXIT.done : EXIT.no;
        }),
      );
    });
}

interface Options {
  readonly against?: string;
  readonly checkpoint?: string;
  readonly from?: number;
  readonly json: boolean;
}

/** How much somebody with database and key could have rewritten, for all this proof says. */
function printUncovered(
  { coveredBy, beyond, lastSeq, removed }: VerifyReport,
  isOutside: boolean,
  cli: Cli,
) {
  if (!isOutside) {
    cli.print.note('no checkpoint kept elsewhere was given; see --against');
  } else if (beyond > 0) {
    const from = (coveredBy ?? removed) + 1;
    const [which, is] =
      from === lastSeq ? [`event ${from}`, 'is'] : [`events ${from} to ${lastSeq}`, 'are'];
    cli.print.note(`${which} ${is} covered by no checkpoint kept elsewhere`);
  }
}

async function readCheckpoints(cli: Cli, file: string | undefined): Promise<readonly Checkpoint[]> {
  return file === undefined ? [] : parseCheckpoints(await readGivenFile(cli, file, file));
}

function printReport(report: VerifyReport, cli: Cli): void {
  const { print } = cli;
  const events = counted(report.events, 'event');
  if (report.ok) print.lines(`ok: ${events}, unbroken; ${reach(report)}`);
  else {
    print.lines(`not ok: ${events}, ${counted(report.problemCount, 'problem')}`);
    for (const { seq, message } of report.problems) {
      print.lines(seq === 0 ? message : `event ${seq}: ${message}`);
    }
    const more = report.problemCount - report.problems.length;
    if (more > 0) print.lines(`and ${more} more`);
    print.note(`hint: keep a copy of the state directory; ${worth(report)}`);
  }
  if (report.removed > 0) {
    print.note(`${counted(report.removed, 'older event')} were removed; see TG6005 in the log`);
  }
  if (report.openIntents > 0) {
    print.note(`${counted(report.openIntents, 'call')} without an outcome yet`);
  }
}

/** Sequence number of the last event that says a checkpoint was made by hand, to be kept elsewhere. */
async function lastMade(context: AdminContext): Promise<number> {
  const made = await queryAudit(context, { code: 'TG6002', newest: true, limit: 1 });
  return made[0]?.seq ?? 0;
}

/** Leads to a checkpoint unless a recent one was made; that one is not stored, so it is to be given. */
function printNext({ coveredBy = 0, beyond }: VerifyReport, made: number, cli: Cli): void {
  const newest = Math.max(coveredBy, made);
  if (newest === 0 || coveredBy + beyond - newest > MANY_BEYOND) {
    cli.print.next(['audit', 'checkpoint']);
  } else if (coveredBy === 0) cli.print.next(['audit', 'verify', '--against', 'FILE']);
}

function reach({ coveredBy, beyond }: VerifyReport): string {
  if (coveredBy === undefined) return 'no signed checkpoint covers them yet';
  return `signed up to ${coveredBy}, ${beyond} beyond`;
}

/** What is left of a proof that failed: what comes before the first break. */
function worth({ problems }: VerifyReport): string {
  const first = Math.min(...problems.map(({ seq }) => seq));
  return first > 1 ? `what follows event ${first - 1} proves nothing` : 'the log proves nothing';
}

const counted = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;

const reportJson = (report: VerifyReport) => ({
  ok: report.ok,
  events: report.events,
  problems: report.problems.map(({ seq, message }) => ({ seq, message })),
  problemCount: report.problemCount,
  coveredBy: report.coveredBy ?? null,
  beyond: report.beyond,
  openIntents: report.openIntents,
  removed: report.removed,
});
