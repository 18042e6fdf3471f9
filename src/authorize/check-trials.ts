import { formatInstant } from './format-grant.ts';
import type { GrantProblem } from './grant-problem.ts';
import type { ParsedFile } from './plan-apply.ts';
import { MAX_TRIAL_MS } from './trial.ts';

/**
 * A grant file whose trials (`enforce: false`) all end soon enough, counted from `now` (epoch
 * milliseconds). One that ends later is a problem of the file: nobody would look at it again.
 */
export function withCheckedTrials(file: ParsedFile, now: number): ParsedFile {
  const { parsed } = file;
  if (!parsed.ok || parsed.markedRevoked !== undefined) return file;
  const last = now + MAX_TRIAL_MS;
  const problems = parsed.document.rules.flatMap(({ trialUntil, line }, index): GrantProblem[] => {
    if (trialUntil === undefined || trialUntil <= last) return [];
    const { at = { line, column: 1 } } = parsed.trials?.get(index) ?? {};
    return [
      {
        file: file.file,
        ...at,
        message: '`until` is more than seven days from now',
        hint: `at most ${formatInstant(Math.floor(last / 1000) * 1000)}`,
        kind: 'invalid',
      },
    ];
  });
  return problems.length === 0 ? file : { ...file, parsed: { ok: false, problems } };
}
