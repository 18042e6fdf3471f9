import type { Command } from 'commander';
import type { GrantFile } from '../admin/grant-files.ts';
import { type GrantFinding, validateGrants } from '../admin/validate-grants.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { readGivenFile } from './read-given-file.ts';

/**
 * `toolgrant grant validate`: what is wrong with grant files, each with its line. Changes nothing, and
 * reads no state: the lock file has the definitions.
 */
export function addGrantValidate(grant: Command, cli: Cli): void {
  grant
    .command('validate')
    .description('check grant files and change nothing; exit 3 when one is invalid')
    .argument('[files...]', 'otherwise the whole folder')
    .option('--json', 'print an array of findings', false)
    .action(async (names: string[], options: { json: boolean }) => {
      const given = names.length === 0 ? undefined : await readFiles(cli, names);
      const review = await cli.deps.openReview(cli.globals());
      for (const warning of review.warnings) cli.print.warning(warning);
      const { files, findings } = await validateGrants(review, given);
      if (options.json) cli.print.json(findings.map(findingJson));
      else for (const finding of findings) cli.print.lines(...findingLines(finding));
      const isValid = findings.every(({ kind }) => kind === 'warning');
      if (isValid) {
        cli.print.note(`${files} ${files === 1 ? 'file is' : 'files are'} valid`);
        cli.print.next(['grant', 'diff']);
      }
      cli.exit(isValid ? EXIT.done : EXIT.invalid);
    });
}

async function readFiles(cli: Cli, names: readonly string[]): Promise<readonly GrantFile[]> {
  const files: GrantFile[] = [];
  for (const file of names) {
    files.push({ file, text: await readGivenFile(cli, file, file) });
  }
  return files;
}

const findingLines = ({ file, line, column, message, hint, kind }: GrantFinding) => {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const label = kind === 'warning' ? 'warning: ' : '';
  return [`${place}: ${label}${message}`, ...(hint === undefined ? [] : [`  hint: ${hint}`])];
};

const findingJson = ({ file, line, column, kind, message, hint }: GrantFinding) => ({
  file,
  line,
  column,
  kind,
  message,
  hint: hint ?? null,
});
