import type { GrantProblem } from '../authorize/grant-problem.ts';
import { BrokerError } from '../domain/errors.ts';
import type { GrantWish } from './create-grant.ts';

/**
 * Fails with the first problem of a grant that was asked for by options, and names the option: the
 * file the problem is in was never written.
 *
 * @param text the file as it would have been.
 * @throws BrokerError `ERR_GRANT`, or `ERR_NOT_ENFORCED` for what this version does not enforce.
 */
export function assertNoOptionIsWrong(
  problems: readonly GrantProblem[],
  text: string,
  wish: GrantWish,
  id: string,
): void {
  const first = problems.find(({ kind }) => kind === 'invalid') ?? problems[0];
  if (first === undefined) return;
  const { name, value } = optionAt(text, first.line, wish, id);
  const option = value === undefined ? name : `${name} '${value}'`;
  const code = first.kind === 'invalid' ? 'ERR_GRANT' : 'ERR_NOT_ENFORCED';
  throw new BrokerError(code, `${option}: ${first.message}`, {
    hint: first.hint ?? 'see `toolgrant grant create --help`',
  });
}

interface Option {
  readonly name: string;
  readonly value?: string;
}

/** The option a line of the file was written for. Values that span lines are indented below it. */
function optionAt(text: string, line: number, wish: GrantWish, id: string): Option {
  const upTo = text.split('\n').slice(0, Math.max(line, 0));
  const keys = upTo.flatMap(
    (each) => /^(?:(\w+):| {2}- (permit|deny):| {4}(\w+):)/.exec(each)?.slice(1) ?? [],
  );
  const term = TERM_OPTIONS[keys.findLast((key) => key !== undefined) ?? ''];
  if (term !== undefined) return { name: term };
  const rules = keys.filter((key) => key === 'permit' || key === 'deny').length;
  switch (keys.findLast((key) => key !== undefined)) {
    case 'permit':
      return valued('--permit', wish.permits[rules - 1]);
    case 'deny':
      return valued('--deny', wish.denies[rules - 1 - wish.permits.length]);
    case 'id':
      return valued('--id', id);
    case 'subject':
      return valued('the subject', wish.subject);
    case 'purpose':
      return { name: '--purpose' };
    case 'clients':
      return { name: '--client' };
    case 'expires':
      return { name: '--ttl' };
    default:
      return { name: 'the grant' };
  }
}

const TERM_OPTIONS: Readonly<Record<string, string>> = {
  when: '--when',
  hours: '--hours',
  limit: '--limit',
  approval: '--approval',
  wait: '--wait',
  maxResult: '--max-result',
};

const valued = (name: string, value: string | undefined): Option =>
  value === undefined ? { name } : { name, value };
