import type { Command } from 'commander';
import type { Finding } from '../admin/doctor/finding.ts';
import type { Examination } from '../admin/doctor/run-doctor.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { asInvoked } from './shell-words.ts';

interface Options {
  readonly json: boolean;
  readonly strict: boolean;
  readonly start: boolean;
}

/** `toolgrant doctor`: looks at everything, changes nothing, and says what to do. */
export function addDoctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .helpGroup('Ask:')
    .description('look at configuration, state, tool servers and clients; changes nothing')
    .option('--json', 'print an array', false)
    .option('--strict', 'exit with 1 for a warning too', false)
    .option('--no-start', 'do not start tool servers')
    .action(async (options: Options) => {
      const examination = await cli.deps.runDoctor({
        ...cli.globals(),
        starts: options.start,
        progress: (text) => {
          if (cli.deps.isTerminal.stderr) cli.print.note(`${text} …`);
        },
      });
      if (options.json) cli.print.json(examination.findings.map(findingJson));
      else printFindings(examination.findings, cli);
      cli.exit(exitOf(examination, options.strict));
    });
}

function printFindings(findings: readonly Finding[], cli: Cli): void {
  const { invokedAs } = cli.deps;
  let area = '';
  for (const finding of findings) {
    if (finding.area !== area) cli.print.lines(...(area === '' ? [] : ['']), finding.area);
    area = finding.area;
    const where = finding.where === '' ? '' : ` (${finding.where})`;
    cli.print.lines(`  ${finding.level.padEnd(7)}  ${finding.what}${where}`);
    if (finding.remedy === undefined) continue;
    cli.print.lines(`           -> ${asInvoked(finding.remedy, invokedAs)}`);
  }
  const count = (level: Finding['level']) => findings.filter((one) => one.level === level).length;
  cli.print.note(`${some(count('problem'), 'problem')}, ${some(count('warning'), 'warning')}`);
}

const some = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function exitOf({ findings, isUsable }: Examination, isStrict: boolean): ExitCode {
  if (!isUsable) return EXIT.invalid;
  const isBad = ({ level }: Finding) => level === 'problem' || (isStrict && level === 'warning');
  return findings.some(isBad) ? EXIT.no : EXIT.done;
}

const findingJson = ({ area, check, level, what, where, remedy }: Finding) => ({
  area,
  check,
  level,
  what,
  where,
  remedy: remedy ?? null,
});
