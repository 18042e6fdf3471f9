import type { Permit } from '../domain/decision.ts';
import type { Spent } from '../domain/session-limits.ts';
import type { GrantRecord, GrantRule } from './grant-record.ts';
import { nextChangeAt } from './next-change.ts';
import type { Asker, PolicyState } from './policy-state.ts';

/** What a permit was decided on, and between which instants (epoch milliseconds) it is decided again the same. */
interface Basis {
  readonly state: PolicyState;
  readonly asker: Asker;
  readonly from: number;
  readonly until: number;
}

const bases = new WeakMap<Permit, Basis>();

/** Remembers what a permit was decided on, at `from`, for somebody of whose grants nothing was spent. */
export function notePermit(permit: Permit, state: PolicyState, asker: Asker, from: number): void {
  const until = steadyUntil(state, asker, from);
  if (until > from) bases.set(permit, { state, asker, from, until });
}

/**
 * Whether `decide` would say of the permit's request what the permit says, so that it need not be asked.
 *
 * It cannot be stale: the same asker is permitted the same request in the very same state until a grant
 * expires or the session outlives it, where no rule looks at the clock or the disk and nothing is spent.
 * Whether it is the state that holds now, and the session's own state, is for the caller to read each time.
 */
export function isSteady(
  permit: Permit,
  of: {
    readonly state: PolicyState;
    readonly asker: Asker;
    readonly spent: Spent | undefined;
    /** Epoch milliseconds. */
    readonly now: number;
  },
): boolean {
  const basis = bases.get(permit);
  if (basis === undefined || basis.state !== of.state || basis.asker !== of.asker) return false;
  const { spent, now } = of;
  const isUnspent = spent === undefined || (spent.grants.size === 0 && spent.rules.size === 0);
  return isUnspent && basis.from <= now && now < basis.until;
}

/**
 * Until when every decision on one asker is the same while nobody changes anything; `now` itself when a rule
 * looks at the clock or the disk. Epoch milliseconds.
 */
export function steadyUntil(state: PolicyState, asker: Asker, now: number): number {
  return looksAround(state.grants) ? now : nextChangeAt(state, asker, now);
}

const looking = new WeakMap<readonly GrantRecord[], boolean>();

function looksAround(grants: readonly GrantRecord[]): boolean {
  const known = looking.get(grants);
  if (known !== undefined) return known;
  const found = grants.some(({ rules }) => rules.some(ruleLooksAround));
  looking.set(grants, found);
  return found;
}

/** A condition looks at the clock by the name `now` and at the disk by `within`: no other text does. */
const ruleLooksAround = ({ hours, trialUntil, when }: GrantRule): boolean =>
  hours !== undefined || trialUntil !== undefined || /now|within/.test(when ?? '');
