import type { AdminContext } from '../admin/admin-context.ts';
import type { GrantWish } from '../admin/create-grant.ts';
import { type GrantChoices, grantChoices } from '../admin/pickable-tools.ts';
import { parseDuration } from '../authorize/duration.ts';
import { isGrantName } from '../authorize/grant-schema.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Cli } from './cli.ts';
import { pickTools } from './pick-tools.ts';
import { formatTable } from './print-table.ts';

const DEFAULT_LIFE = '8h';

/**
 * Asks a person at a terminal for a grant: who, which tools, for how long, what for. Nothing is written.
 *
 * @returns `undefined` when the person ends the questions.
 * @throws BrokerError `ERR_USAGE` for a subject no grant can name, before anything is asked.
 */
export async function askGrant(
  cli: Cli,
  context: AdminContext,
  given: { readonly subject: string | undefined; readonly purpose: string | undefined },
): Promise<Pick<GrantWish, 'subject' | 'permits' | 'lifeMs' | 'purpose'> | undefined> {
  if (given.subject !== undefined && !isGrantName(given.subject)) {
    throw new BrokerError('ERR_USAGE', 'no grant can name this subject', {
      hint: 'one name, not a pattern, without characters that cannot be seen',
    });
  }
  const choices = await grantChoices(context);
  const subject = given.subject ?? (await askSubject(cli, choices));
  if (subject === undefined) return undefined;
  showTools(cli, choices);
  const permits = await asked(
    cli,
    'which: numbers, 2-5, r (all that say they only read), or patterns',
    (answer) => {
      const picked = pickTools(answer, choices.tools);
      return picked.ok ? { value: picked.patterns } : { problem: picked.problem };
    },
  );
  if (permits === undefined) return undefined;
  const lifeMs = await asked(cli, `for how long [${DEFAULT_LIFE}]`, (answer) => {
    const value = parseDuration(answer === '' ? DEFAULT_LIFE : answer);
    return value === undefined
      ? { problem: 'a number and s, m, h or d, such as 30m or 8h' }
      : { value };
  });
  if (lifeMs === undefined) return undefined;
  const purpose = given.purpose ?? (await asked(cli, 'what for', (value) => ({ value })));
  if (purpose === undefined) return undefined;
  return { subject, permits, lifeMs, ...(purpose === '' ? {} : { purpose }) };
}

async function askSubject(cli: Cli, { subjects }: GrantChoices): Promise<string | undefined> {
  const [only, another] = subjects;
  const usual = another === undefined ? only : undefined;
  if (subjects.length > 1) cli.print.note(`known: ${subjects.slice(0, 20).join(', ')}`);
  return asked(cli, usual === undefined ? 'who may' : `who may [${usual}]`, (answer) => {
    const value = answer === '' ? usual : answer;
    return value !== undefined && isGrantName(value)
      ? { value }
      : { problem: 'no grant can name this subject' };
  });
}

/** On standard error, as the questions are: standard output holds the result alone. */
function showTools({ print }: Cli, { tools, unseen }: GrantChoices): void {
  const rows = tools.map(({ ref, isReadOnly }, at) => [
    String(at + 1),
    ref,
    isReadOnly ? 'says it only reads' : '',
  ]);
  if (rows.length > 0) {
    for (const line of formatTable(['', 'TOOL', ''], rows).split('\n')) print.note(line);
  }
  for (const server of unseen) {
    print.note(
      `${server} was never seen: \`toolgrant tools approve ${server}\`, or write a pattern such as ${server}/*`,
    );
  }
}

/** Asks until an answer makes sense or the person ends it. */
async function asked<T>(
  { deps, print }: Cli,
  question: string,
  read: (answer: string) => { readonly value: T } | { readonly problem: string },
): Promise<T | undefined> {
  for (;;) {
    const answer = await deps.askLine(`${question}:`);
    if (answer === undefined) return undefined;
    const result = read(answer.trim());
    if ('value' in result) return result.value;
    print.note(result.problem);
  }
}
