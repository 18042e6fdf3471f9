import { compareGrants } from './compare-grants.ts';
import { formatInstant } from './format-grant.ts';
import type { GrantProblem } from './grant-problem.ts';
import type { GrantDocument, GrantRecord } from './grant-record.ts';
import type { ParsedGrant } from './parse-grant.ts';
import { ruleText } from './rule-text.ts';

/** A grant file as read from disk. */
export interface ParsedFile {
  /** Relative to the configuration's folder, with `/`. */
  readonly file: string;
  readonly text: string;
  readonly parsed: ParsedGrant;
}

/**
 * `apply`: somebody asked, everything applies. `auto`: nobody did, only what narrows applies.
 * `first-start`: as `apply`, but only while no grant was ever applied; otherwise as `auto`.
 */
export type ApplyMode = 'apply' | 'auto' | 'first-start';

/** What is to happen to one grant. */
export interface ApplyEntry {
  readonly id: string;
  readonly file: string;
  readonly action:
    | 'create'
    | 'widen'
    | 'narrow'
    | 'mixed'
    | 'same'
    /** Revoked for good: the file changes nothing. */
    | 'tombstoned'
    /** In force, without a file that says so. */
    | 'missing-file'
    /** In force, without a file that says so: to be revoked. */
    | 'prune'
    /** The tombstone is to be lifted; then `put`. */
    | 'reinstate';
  /** What to store now. */
  readonly put?: GrantDocument;
  /** Whether the file asks for more than is put now: it waits for `grant apply`. */
  readonly waits: boolean;
  /** Only with `tombstoned`: the file does not say `revoked:`, as if the grant were to be in force. */
  readonly isUnmarked?: true;
  /** For people, one line each. */
  readonly differences: readonly string[];
}

/** What applying the files would do. Nothing is done here. */
export interface ApplyPlan {
  /** Ordered by id. Empty when a problem stops everything. */
  readonly entries: readonly ApplyEntry[];
  /** Files that cannot be used. In `apply` and `first-start` one is enough to change nothing. */
  readonly problems: readonly GrantProblem[];
  /** Ids asked to be reinstated that are not revoked. One is enough to change nothing. */
  readonly notRevoked: readonly string[];
  /** Revoked ids asked to be reinstated that no file holds. One is enough to change nothing. */
  readonly fileless: readonly string[];
}

type Readable = ParsedFile & { readonly parsed: { readonly ok: true } };

/**
 * Plans what the grant files change in what brokers obey. A file that is broken, or shares its id with
 * another, leaves its grant as it is; a removed file revokes only with `prune`; a revoked id comes back
 * only through `reinstate`. In `auto` mode neither `prune` nor `reinstate` has any effect: both can widen
 * (a pruned grant may be one that denies).
 */
export function planApply(input: {
  readonly files: readonly ParsedFile[];
  readonly applied: readonly GrantRecord[];
  readonly mode: ApplyMode;
  readonly prune: boolean;
  readonly reinstate: readonly string[];
}): ApplyPlan {
  const { files, applied } = input;
  const isAuto = input.mode === 'auto' || (input.mode === 'first-start' && applied.length > 0);
  const reinstate = isAuto ? [] : input.reinstate;
  const byId = Map.groupBy(files.filter(isReadable), ({ parsed }) => parsed.document.id);
  const records = new Map(applied.map((record) => [record.id, record]));

  const problems = files.flatMap(({ parsed }) => (parsed.ok ? [] : parsed.problems));
  for (const [id, same] of byId) {
    if (same.length > 1) problems.push(...duplicates(id, same));
    const [first] = same;
    if (reinstate.includes(id) && first?.parsed.markedRevoked !== undefined) {
      problems.push(stillMarked(id, first.file));
    }
  }
  const notRevoked = reinstate.filter((id) => records.get(id)?.revokedAt === undefined);
  const fileless = reinstate.filter((id) => !notRevoked.includes(id) && !byId.has(id));
  if (!isAuto && problems.length + notRevoked.length + fileless.length > 0) {
    return { entries: [], problems, notRevoked, fileless };
  }

  const broken = new Set(files.filter(({ parsed }) => !parsed.ok).map(({ file }) => file));
  const entries: ApplyEntry[] = [];
  for (const id of [...new Set([...byId.keys(), ...records.keys()])].sort()) {
    const same = byId.get(id) ?? [];
    const record = records.get(id);
    if (same.length > 1) continue;
    const [file] = same;
    if (file === undefined && record !== undefined && broken.has(record.file)) continue;
    const entry = plan(id, file, record, {
      isAuto,
      prune: input.prune && !isAuto,
      isReinstated: reinstate.includes(id),
    });
    if (entry !== undefined) entries.push(entry);
  }
  return { entries, problems, notRevoked, fileless };
}

const isReadable = (file: ParsedFile): file is Readable => file.parsed.ok;

function plan(
  id: string,
  found: Readable | undefined,
  record: GrantRecord | undefined,
  how: { readonly isAuto: boolean; readonly prune: boolean; readonly isReinstated: boolean },
): ApplyEntry | undefined {
  const file = found?.file ?? record?.file ?? '';
  const done = { id, file, waits: false };
  if (record?.revokedAt !== undefined) {
    const when = `revoked ${formatInstant(record.revokedAt)}`;
    if (how.isReinstated) {
      const put = found === undefined ? {} : { put: found.parsed.document };
      return { ...done, action: 'reinstate', ...put, differences: [when] };
    }
    if (found === undefined) return undefined;
    const mark = found.parsed.markedRevoked === undefined ? ({ isUnmarked: true } as const) : {};
    return { ...done, action: 'tombstoned', ...mark, differences: [when] };
  }
  const isMarked = found?.parsed.markedRevoked !== undefined;
  if (record === undefined) {
    if (found === undefined) return undefined;
    if (isMarked)
      return { ...done, action: 'same', differences: ['marked revoked, never applied'] };
    return create(found.parsed.document, file, how.isAuto);
  }
  if (found === undefined || isMarked) {
    const why = isMarked ? 'its file is marked revoked' : 'its file is gone';
    return { ...done, action: how.prune ? 'prune' : 'missing-file', differences: [why] };
  }
  return change(record, found.parsed.document, file, how.isAuto);
}

function create(document: GrantDocument, file: string, isAuto: boolean): ApplyEntry {
  const denies = document.rules.filter((rule) => rule.effect === 'deny');
  const differences = document.rules.map((rule) => `+ ${ruleText(rule)}`);
  const entry = { id: document.id, file, action: 'create', differences } as const;
  if (!isAuto || denies.length === document.rules.length) {
    return { ...entry, put: document, waits: false };
  }
  if (denies.length === 0) return { ...entry, waits: true };
  return { ...entry, put: { ...document, rules: denies }, waits: true };
}

const ACTIONS = { same: 'same', narrows: 'narrow', widens: 'widen', mixed: 'mixed' } as const;

function change(
  record: GrantRecord,
  document: GrantDocument,
  file: string,
  isAuto: boolean,
): ApplyEntry {
  const { kind, narrowed, differences: found } = compareGrants(record, document);
  const differences = record.file === file ? found : [...found, `file: ${record.file} -> ${file}`];
  const entry = { id: record.id, file, action: ACTIONS[kind], differences };
  if (differences.length === 0) return { ...entry, waits: false };
  if (!isAuto || kind === 'same' || kind === 'narrows') {
    return { ...entry, put: document, waits: false };
  }
  const isNarrowing = compareGrants(record, narrowed).kind === 'narrows';
  return { ...entry, ...(isNarrowing ? { put: narrowed } : {}), waits: true };
}

function duplicates(id: string, files: readonly ParsedFile[]): readonly GrantProblem[] {
  const named = files.map(({ file }) => file).toSorted();
  return named.map((file) => ({
    file,
    line: 0,
    column: 0,
    message: `the id \`${id}\` is in ${named.join(' and ')}`,
    hint: 'one id, one file: rename one of the grants',
    kind: 'invalid',
  }));
}

const stillMarked = (id: string, file: string): GrantProblem => ({
  file,
  line: 0,
  column: 0,
  message: `\`${id}\` is to be reinstated, but its file is marked \`revoked\``,
  hint: 'remove the line `revoked:`',
  kind: 'invalid',
});
