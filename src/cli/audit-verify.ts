import type { Command } from 'commander';
import { parseCheckpoints, verifyAudit } from '../admin/verify-audit.ts';
import type { VerifyReport } from '../audit/verify.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Checkpoint } from '../domain/event.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';

/** Events between two remarks on progress. */
const REMARK_EVERY = 100_000;

/** `toolgrant audit verify`: proves the log, and says how far the proof reaches. */
export function addAuditVerify(audit: Command, cli: Cli): void {
  audit
    .command('verify')
    .description('prove the log; exit 1 when it was tampered with')
    .option('--checkpoint <file>', 'also against a checkpoint kept elsewhere')
    .option('--json', 'print an object', false)
    .action(async (options: { checkpoint?: string; json: boolean }) => {
      const outside = await readCheckpoints(cli, options.checkpoint);
      cli.exit(
        await cli.withAdmin('audit verify', async ({ context }) => {
          let remarked = 0;
          const report = await verifyAudit(context, outside, (events) => {
            if (!cli.deps.isTerminal.stderr || events - remarked < REMARK_EVERY) return;
            remarked = events;
            cli.print.note(`${events} events read`);
          });
          if (options.json) cli.print.json(reportJson(report));
          else printReport(report, cli);
          return report.ok ? EXIT.done : EXIT.no;
        }),
      );
    });
}

async function readCheckpoints(cli: Cli, file: string | undefined): Promise<readonly Checkpoint[]> {
  if (file === undefined) return [];
  let text: string;
  try {
    text = await cli.deps.readTextFile(file);
  } catch (error) {
    throw new BrokerError('ERR_NOT_FOUND', `cannot read ${file}`, { cause: error });
  }
  return parseCheckpoints(text);
}

function printReport(report: VerifyReport, cli: Cli): void {
  const { print } = cli;
  for (const { seq, message } of report.problems) {
    print.lines(seq === 0 ? message : `event ${seq}: ${message}`);
  }
  const more = report.problemCount - report.problems.length;
  if (more > 0) print.lines(`and ${more} more`);
  const verdict = report.ok ? 'ok' : 'not ok';
  const covered =
    report.coveredBy === undefined
      ? 'no checkpoint covers any'
      : `covered up to ${report.coveredBy}`;
  print.lines(`${verdict}: ${report.events} events, ${covered}, ${report.beyond} beyond`);
  if (report.openIntents > 0) print.note(`${report.openIntents} calls have no outcome yet`);
  if (report.ok && report.beyond > 0) print.next(['audit', 'checkpoint']);
}

const reportJson = (report: VerifyReport) => ({
  ok: report.ok,
  events: report.events,
  problems: report.problems.map(({ seq, message }) => ({ seq, message })),
  problemCount: report.problemCount,
  coveredBy: report.coveredBy ?? null,
  beyond: report.beyond,
  openIntents: report.openIntents,
});
