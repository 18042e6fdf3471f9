import type { Command } from 'commander';
import { type SimulatedUse, type Simulation, simulate } from '../admin/simulate.ts';
import { explainReason } from '../authorize/explain.ts';
import { formatInstant } from '../authorize/format-grant.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { instantOption } from './parse-values.ts';

/** Most uses shown to people; `--json` has all. */
const MAX_SHOWN = 100;

/** `toolgrant simulate`: what of the recorded calls the grant files would decide otherwise. */
export function addSimulate(program: Command, cli: Cli): void {
  const instant = instantOption(cli.deps.now);
  program
    .command('simulate')
    .helpGroup('Ask:')
    .description(
      'replay recorded calls under the grant files; exit 1 when one would be decided otherwise',
    )
    .option('--since <instant>', 'from then on: an instant, or a duration ago', instant)
    .option('--subject <id>', 'only of this subject')
    .option('--json', 'print an object', false)
    .action(async (options: { since?: number; subject?: string; json: boolean }) => {
      const since = options.since ?? instant('7d');
      const { subject } = options;
      cli.exit(
        await cli.withAdmin('simulate', async ({ context }) => {
          const asked = { since, ...(subject === undefined ? {} : { subject }) };
          const found = await simulate(context, asked);
          if (options.json) cli.print.json(simulationJson(found));
          else printSimulation(found, cli);
          const { refused, permitted, undecidable } = found.counts;
          return refused + permitted + undecidable === 0 ? EXIT.done : EXIT.no;
        }),
      );
    });
}

const RESULTS: Readonly<Record<SimulatedUse['result'], string>> = {
  same: 'same',
  refused: 'would be refused',
  permitted: 'would be permitted',
  undecidable: 'undecidable',
};

function printSimulation({ counts, onTrial, uses }: Simulation, cli: Cli): void {
  const { print } = cli;
  if (uses.length > 0) {
    print.table(
      ['SEQ', 'AT', 'SUBJECT', 'CLIENT', 'WHAT', 'RESULT', 'WHY'],
      uses
        .slice(-MAX_SHOWN)
        .map((use) => [
          String(use.seq),
          formatInstant(use.at),
          use.subject,
          use.client ?? '-',
          use.what,
          RESULTS[use.result],
          use.wouldRefuse === undefined
            ? use.words
            : `${use.words}; on trial: ${explainReason(use.wouldRefuse, undefined)}`,
        ]),
    );
  }
  if (uses.length > MAX_SHOWN) {
    print.note(`only the newest ${MAX_SHOWN} of ${uses.length} are shown; --json has all`);
  }
  const parts = (['refused', 'permitted', 'undecidable', 'same'] as const).map(
    (result) => `${counts[result]} ${RESULTS[result]}`,
  );
  print.lines(parts.join(', '));
  if (onTrial > 0) print.warning(`${onTrial} of them a rule on trial lets pass, and would refuse`);
}

const simulationJson = ({ counts, onTrial, uses }: Simulation) => ({
  counts,
  onTrial,
  uses: uses.map((use) => ({
    seq: use.seq,
    at: formatInstant(use.at),
    subject: use.subject,
    client: use.client ?? null,
    what: use.what,
    result: use.result,
    was: use.was,
    wasRule: use.wasRule ?? null,
    reason: use.reason ?? null,
    rule: use.rule ?? null,
    words: use.words,
    wouldRefuse: use.wouldRefuse ?? null,
  })),
});
