import type { SessionLimits } from '../domain/session-limits.ts';
import { isCovered } from './covering-rules.ts';
import { formatDuration } from './duration.ts';
import { formatInstant } from './format-grant.ts';
import { type Effort, newEffort } from './glob-cover.ts';
import type { GrantDocument, GrantRule } from './grant-record.ts';
import { ruleText, termTexts } from './rule-text.ts';

/** How a grant's next form relates to the one that is applied. */
export interface GrantComparison {
  /** `same` is about rights: `differences` may still name what else is to be stored. */
  readonly kind: 'same' | 'narrows' | 'widens' | 'mixed';
  /**
   * What may be applied without asking anybody: permits nothing that either form does not permit, and
   * denies whatever either denies, for as long and as many as the applied form does. `clients: []`
   * means no client at all.
   */
  readonly narrowed: GrantDocument;
  /** For people, one line each; empty when nothing at all differs. */
  readonly differences: readonly string[];
}

/** For whom and until when a grant's rules hold. */
interface Reach {
  readonly clients?: readonly string[] | undefined;
  readonly expiresAt: number;
}

/**
 * Compares the applied form of a grant with its next.
 *
 * Deny rules reach as far as their grant does, and outweigh the permits of every other grant: an
 * earlier expiry or fewer clients for a grant that denies would widen what its subject may do. So
 * such a change does not count as narrowing, and `narrowed` keeps the denies where they are and
 * gives up the permits instead. Otherwise whoever can write a grant file could lift a deny rule by
 * letting it expire.
 */
export function compareGrants(old: GrantDocument, next: GrantDocument): GrantComparison {
  const differences = describe(old, next);
  const effort = newEffort();
  if (old.subject !== next.subject) {
    return { kind: 'mixed', narrowed: withoutPermits(old, next, effort), differences };
  }
  const isNarrower = isWithin(next, old, effort);
  const isWider = isWithin(old, next, effort);
  const kind = isNarrower ? (isWider ? 'same' : 'narrows') : isWider ? 'widens' : 'mixed';
  return { kind, narrowed: narrow(old, next, effort), differences };
}

/** Whether `a` gives no right that `b` does not give, its deny rules' effect on other grants included. */
function isWithin(a: GrantDocument, b: GrantDocument, effort: Effort): boolean {
  const permits = rulesOf(a, 'permit');
  const denies = rulesOf(b, 'deny');
  const givesNoMore =
    permits.length === 0 ||
    (permits.every((each) => isCovered(each, rulesOf(b, 'permit'), effort)) &&
      reaches(b, a) &&
      limitsOf(a).every((limit, index) => limit <= (limitsOf(b)[index] ?? Infinity)));
  const deniesNoLess =
    denies.length === 0 ||
    (denies.every((each) => isCovered(each, rulesOf(a, 'deny'), effort)) && reaches(a, b));
  return givesNoMore && deniesNoLess;
}

function narrow(old: GrantDocument, next: GrantDocument, effort: Effort): GrantDocument {
  const oldDenies = rulesOf(old, 'deny');
  const permits = common(old, next, effort);
  if (permits.length === 0 || (oldDenies.length > 0 && !reaches(next, old))) {
    return withoutPermits(old, next, effort);
  }
  const limits = limitsOf(old).map((limit, index) =>
    Math.min(limit, limitsOf(next)[index] ?? Infinity),
  );
  const clients = intersect(old.clients, next.clients);
  return assemble(next, old.subject, limits, [...permits, ...allDenies(old, next, effort)], {
    clients,
    expiresAt: Math.min(old.expiresAt, next.expiresAt),
  });
}

/** The denies of both, reaching as far as either that has any. */
function withoutPermits(old: GrantDocument, next: GrantDocument, effort: Effort): GrantDocument {
  const [first, second] = [old, next].filter((each) => rulesOf(each, 'deny').length > 0);
  const reach: Reach =
    first !== undefined && second !== undefined
      ? {
          clients: unite(first.clients, second.clients),
          expiresAt: Math.max(first.expiresAt, second.expiresAt),
        }
      : (first ?? next);
  return assemble(next, old.subject, limitsOf(next), allDenies(old, next, effort), {
    clients: reach.clients,
    expiresAt: reach.expiresAt,
  });
}

function assemble(
  next: GrantDocument,
  subject: string,
  limits: readonly number[],
  rules: readonly GrantRule[],
  reach: Reach,
): GrantDocument {
  return {
    id: next.id,
    subject,
    ...(reach.clients === undefined ? {} : { clients: reach.clients }),
    purpose: next.purpose,
    expiresAt: reach.expiresAt,
    ...withLimits(limits),
    rules,
  };
}

/** What a grant's `session` says, as numbers of which the smaller permits less; without end when it says nothing. */
const limitsOf = ({ sessionLifeMs, sessionLimits = {} }: GrantDocument): readonly number[] => [
  sessionLifeMs ?? Infinity,
  sessionLimits.idleMs ?? Infinity,
  sessionLimits.maxCalls ?? Infinity,
  sessionLimits.concurrent ?? Infinity,
];

function withLimits([
  life = Infinity,
  idleMs = Infinity,
  maxCalls = Infinity,
  concurrent = Infinity,
]: readonly number[]): Pick<GrantDocument, 'sessionLifeMs' | 'sessionLimits'> {
  const sessionLimits: SessionLimits = {
    ...(idleMs === Infinity ? {} : { idleMs }),
    ...(maxCalls === Infinity ? {} : { maxCalls }),
    ...(concurrent === Infinity ? {} : { concurrent }),
  };
  return {
    ...(life === Infinity ? {} : { sessionLifeMs: life }),
    ...(Object.keys(sessionLimits).length === 0 ? {} : { sessionLimits }),
  };
}

/** Permit rules of either form that the other permits too, in the order of the file as it is now. */
function common(old: GrantDocument, next: GrantDocument, effort: Effort): readonly GrantRule[] {
  const kept = rulesOf(next, 'permit').filter((rule) =>
    isCovered(rule, rulesOf(old, 'permit'), effort),
  );
  const rest = rulesOf(old, 'permit').filter(
    (rule) => !isCovered(rule, kept, effort) && isCovered(rule, rulesOf(next, 'permit'), effort),
  );
  return [...kept, ...rest];
}

/** Deny rules of both. The lines of those only the applied form has are the old file's. */
function allDenies(old: GrantDocument, next: GrantDocument, effort: Effort): readonly GrantRule[] {
  const known = rulesOf(next, 'deny');
  return [...known, ...rulesOf(old, 'deny').filter((rule) => !isCovered(rule, known, effort))];
}

const rulesOf = (grant: GrantDocument, effect: GrantRule['effect']): readonly GrantRule[] =>
  grant.rules.filter((rule) => rule.effect === effect);

/** Whether `wide` holds for everybody and as long as `narrow` does. */
function reaches(wide: Reach, narrow: Reach): boolean {
  const hasClients =
    wide.clients === undefined ||
    (narrow.clients?.every((client) => wide.clients?.includes(client)) ?? false);
  return hasClients && wide.expiresAt >= narrow.expiresAt;
}

function intersect(a: Reach['clients'], b: Reach['clients']): Reach['clients'] {
  if (a === undefined) return b;
  return b === undefined ? a : b.filter((client) => a.includes(client));
}

function unite(a: Reach['clients'], b: Reach['clients']): Reach['clients'] {
  return a === undefined || b === undefined ? undefined : [...new Set([...b, ...a])];
}

function describe(old: GrantDocument, next: GrantDocument): readonly string[] {
  const lines: string[] = [];
  const note = (what: string, before: string, after: string): void => {
    if (before !== after) lines.push(`${what}: ${before} -> ${after}`);
  };
  note('subject', old.subject, next.subject);
  note('clients', names(old.clients), names(next.clients));
  note('expires', formatInstant(old.expiresAt), formatInstant(next.expiresAt));
  const [was, is] = [old.sessionLimits ?? {}, next.sessionLimits ?? {}];
  note('session.life', spanOf(old.sessionLifeMs), spanOf(next.sessionLifeMs));
  note('session.idle', spanOf(was.idleMs), spanOf(is.idleMs));
  note('session.maxCalls', `${was.maxCalls ?? 'any'}`, `${is.maxCalls ?? 'any'}`);
  note('session.concurrent', `${was.concurrent ?? 'any'}`, `${is.concurrent ?? 'any'}`);
  for (const effect of ['permit', 'deny'] as const) {
    const [before, after] = [old, next].map((grant) => rulesOf(grant, effect).map(ruleText));
    for (const each of new Set(before)) if (after?.includes(each) !== true) lines.push(`- ${each}`);
    for (const each of new Set(after)) if (before?.includes(each) !== true) lines.push(`+ ${each}`);
  }
  if (old.purpose !== next.purpose) lines.push('purpose');
  const moved = (grant: GrantDocument) =>
    JSON.stringify(
      grant.rules.map((rule) => {
        const { effect, pattern, when, hours, line } = rule;
        return [effect, pattern, when, hours, termTexts(rule), line];
      }),
    );
  const hasOther = lines.some((line) => line !== 'purpose');
  if (!hasOther && moved(old) !== moved(next)) lines.push('lines');
  return lines;
}

function names(clients: readonly string[] | undefined): string {
  if (clients === undefined) return 'any';
  return clients.length === 0 ? 'none' : clients.toSorted().join(', ');
}

const spanOf = (ms: number | undefined): string => (ms === undefined ? 'any' : formatDuration(ms));
