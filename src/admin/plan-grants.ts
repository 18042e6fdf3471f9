import { withCheckedConditions } from '../authorize/check-conditions.ts';
import { withCheckedTrials } from '../authorize/check-trials.ts';
import type { GrantProblem } from '../authorize/grant-problem.ts';
import type { GrantRecord } from '../authorize/grant-record.ts';
import { parseGrant } from '../authorize/parse-grant.ts';
import {
  type ApplyMode,
  type ApplyPlan,
  type ParsedFile,
  planApply,
} from '../authorize/plan-apply.ts';
import type { Clock } from '../domain/clock.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';
import type { GrantFile } from './grant-files.ts';
import { type KnownDefinitions, knownServers } from './known-servers.ts';

/** What is to be applied. */
export interface ApplyWish {
  readonly mode: ApplyMode;
  /** Revoke what has no file any more. */
  readonly prune: boolean;
  /** Ids whose tombstones are to be lifted. */
  readonly reinstate: readonly string[];
}

let remembered: ReadonlyMap<string, ParsedFile> = new Map();

/**
 * Parses grant files; a broken one keeps its problems. A file that has not changed is not parsed
 * again: a revocation marks one file, and every broker reads all of them for it.
 */
export function parseGrantFiles(files: readonly GrantFile[]): readonly ParsedFile[] {
  const parsed = files.map(({ file, text }) => {
    const known = remembered.get(file);
    return known?.text === text ? known : { file, text, parsed: parseGrant(text, file) };
  });
  remembered = new Map(parsed.map((each) => [each.file, each]));
  return parsed;
}

/** What planning reads. */
export interface PlanContext {
  readonly grantFiles: Pick<AdminContext['grantFiles'], 'read'>;
  readonly grants: Pick<AdminContext['grants'], 'all' | 'isEmpty'>;
  /** What conditions are checked against; without it they are when a broker reads them. */
  readonly catalog?: KnownDefinitions;
  readonly serverNames?: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
}

/** A plan and the grants it was made on: it is good for nothing else. */
export interface GrantPlan extends ApplyPlan {
  readonly basis: readonly GrantRecord[];
}

/**
 * Grant files whose conditions hold for the tools that are known, and whose trials end soon enough; the
 * others with their problems.
 */
export async function checkedFiles(
  { catalog, serverNames = [], clock }: Pick<PlanContext, 'catalog' | 'serverNames' | 'clock'>,
  read: readonly ParsedFile[],
): Promise<readonly ParsedFile[]> {
  const now = clock.now();
  const files = read.map((file) => withCheckedTrials(file, now));
  const hasConditions = files.some(
    ({ parsed }) => parsed.ok && parsed.document.rules.some(({ when }) => when !== undefined),
  );
  if (!hasConditions || catalog === undefined) return files;
  const servers = await knownServers(catalog, serverNames);
  return files.map((file) => withCheckedConditions(file, servers));
}

/** What applying the grant files would do now. Read only. */
export async function planGrants(context: PlanContext, wish: ApplyWish): Promise<GrantPlan> {
  const parsed = parseGrantFiles(await context.grantFiles.read());
  const files = await checkedFiles(context, parsed);
  const basis = await context.grants.all();
  // Attack: no grant is left, and files that waited would pass for those of a first start.
  const isFirst = wish.mode === 'first-start' && (await context.grants.isEmpty());
  const mode = wish.mode === 'first-start' && !isFirst ? 'auto' : wish.mode;
  return { ...planApply({ ...wish, mode, files, applied: basis }), basis };
}

/**
 * As `planGrants`, for people to read: `waits` says what a broker that meets the files would leave to
 * `grant apply`. Nothing waits before the first grant was applied: a broker's first start takes them all.
 */
export async function previewGrants(context: PlanContext, wish: ApplyWish): Promise<GrantPlan> {
  const plan = await planGrants(context, wish);
  const met = await planGrants(context, { mode: 'first-start', prune: false, reinstate: [] });
  const waiting = new Set(met.entries.filter(({ waits }) => waits).map(({ id }) => id));
  const entries = plan.entries.map((entry) => ({ ...entry, waits: waiting.has(entry.id) }));
  return { ...plan, entries };
}

/**
 * Fails when a plan holds a problem.
 *
 * @throws BrokerError `ERR_NOT_FOUND` for an id that is not revoked or has no file, `ERR_GRANT` for an invalid file,
 * `ERR_NOT_ENFORCED` when all that is wrong is what this version does not enforce.
 */
export function assertUsable(plan: ApplyPlan): void {
  const [id] = plan.notRevoked;
  if (id !== undefined) {
    throw new BrokerError('ERR_NOT_FOUND', `${id} is not revoked`, {
      hint: 'see `toolgrant grant list --all` for what is; nothing changed',
    });
  }
  assertNoProblems(plan.problems);
  const [lost] = plan.fileless;
  if (lost !== undefined) {
    throw new BrokerError('ERR_NOT_FOUND', `${lost} has no file to reinstate`, {
      hint: 'restore the file; nothing changed',
    });
  }
}

/** Fails with the first of the problems; see `assertUsable`. */
export function assertNoProblems(problems: readonly GrantProblem[]): void {
  const first = problems.find(({ kind }) => kind === 'invalid') ?? problems[0];
  if (first === undefined) return;
  const more = problems.length === 1 ? '' : `, and ${problems.length - 1} more`;
  throw new BrokerError(
    first.kind === 'invalid' ? 'ERR_GRANT' : 'ERR_NOT_ENFORCED',
    `${formatProblem(first)}${more}`,
    { hint: first.hint ?? 'see `toolgrant grant validate`' },
  );
}

/** A problem as `file:line:column: message`. */
export const formatProblem = ({ file, line, column, message }: GrantProblem): string =>
  line === 0 ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`;
