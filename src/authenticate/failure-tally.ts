import type { Origin } from '../domain/broker.ts';
import type { EventDraft } from '../domain/event.ts';
import type { CredentialReason, FormReason } from '../domain/reasons.ts';

/** Why somebody not authenticated was refused. */
export type FailureReason = CredentialReason | FormReason;

/**
 * Sources told apart within one second; further ones share a line.
 *
 * Attack: junk from ever new addresses, of which one IPv6 network has more than any disk has room.
 */
export const MAX_SOURCES = 16;

/** Sums failures to authenticate per source and second, so that junk cannot fill the disk. */
export interface FailureTally {
  note(origin: Origin, reason: FailureReason): void;
  /** Writes what is summed so far. Never rejects. */
  flush(): Promise<void>;
}

/**
 * Makes a tally that writes one `authentication.failed` event a second and source, at most
 * `MAX_SOURCES` and one for the rest. What cannot be written stays in the sum.
 *
 * @param later runs a function after a second, and not at all once the process is otherwise done.
 */
export function createFailureTally(deps: {
  readonly record: (event: EventDraft) => Promise<unknown>;
  readonly later: (run: () => void) => void;
}): FailureTally {
  let sums = new Map<string, { origin: Origin; reasons: Map<FailureReason, number> }>();
  let isScheduled = false;

  const sourceOf = (origin: Origin) => `${origin.transport} ${origin.remote ?? ''}`;

  function add(origin: Origin, reason: FailureReason, count: number): void {
    const key = sourceOf(origin);
    const known = sums.get(key);
    const target =
      known ?? (sums.size < MAX_SOURCES ? { origin, reasons: new Map() } : overflow(origin));
    if (known === undefined) sums.set(sourceOf(target.origin), target);
    target.reasons.set(reason, (target.reasons.get(reason) ?? 0) + count);
  }

  function overflow(origin: Origin) {
    const others: Origin = { transport: origin.transport, remote: 'others' };
    return sums.get(sourceOf(others)) ?? { origin: others, reasons: new Map() };
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    deps.later(() => {
      isScheduled = false;
      void tally.flush();
    });
  }

  const tally: FailureTally = {
    note(origin, reason) {
      add(origin, reason, 1);
      schedule();
    },
    async flush() {
      const due = sums;
      sums = new Map();
      for (const { origin, reasons } of due.values()) {
        const detail = Object.fromEntries([...reasons].sort(([a], [b]) => (a < b ? -1 : 1)));
        try {
          await deps.record({
            code: 'TG2001',
            transport: origin.transport,
            ...(origin.remote === undefined ? {} : { remote: origin.remote }),
            detail: { failures: detail },
          });
        } catch {
          // Intentionally kept and not thrown: the callers were refused already.
          for (const [reason, count] of reasons) add(origin, reason, count);
          schedule();
        }
      }
    },
  };
  return tally;
}
