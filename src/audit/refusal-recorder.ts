import type { Clock } from '../domain/clock.ts';
import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';

/** Refusals recorded one by one, a session and minute; further ones are summed. */
export const REFUSALS_A_MINUTE = 100;
const MINUTE_MS = 60_000;

/** Records refusals without ever letting one through because it could not be written. */
export interface RefusalRecorder {
  /** Records a refusal. Never rejects: what cannot be written is counted and written when it can be. */
  refused(event: EventDraft): Promise<void>;
  /** Writes what is summed so far. Never rejects. */
  flush(): Promise<void>;
}

interface Sum {
  startedAt: number;
  recorded: number;
  summed: number;
  /** When the first of `summed` came. */
  summedSince: number;
  unwritten: number;
}

/**
 * Makes a recorder: one event each up to 100 a minute a session, then one `refusals.summed` for the
 * rest of the minute, so that a prober cannot fill the disk.
 *
 * @param later runs a function after a second, and not at all once the process is otherwise done.
 */
export function createRefusalRecorder(deps: {
  readonly record: (event: EventDraft) => Promise<unknown>;
  readonly clock: Clock;
  readonly later: (run: () => void) => void;
}): RefusalRecorder {
  const sums = new Map<SessionId | undefined, Sum>();
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    deps.later(() => {
      isScheduled = false;
      void write(false);
    });
  }

  function sumOf(session: SessionId | undefined): Sum {
    let sum = sums.get(session);
    if (sum === undefined) {
      sum = {
        startedAt: deps.clock.monotonicMs(),
        recorded: 0,
        summed: 0,
        summedSince: 0,
        unwritten: 0,
      };
      sums.set(session, sum);
      schedule();
    }
    return sum;
  }

  async function write(all: boolean): Promise<void> {
    for (const [session, sum] of [...sums]) {
      const now = deps.clock.monotonicMs();
      const { summed, unwritten } = sum;
      // By the sum's own age: one that never pauses would put off the end of its minute for ever.
      const isDue = summed > 0 && (all || now - sum.summedSince >= MINUTE_MS);
      if (isDue || unwritten > 0) {
        try {
          await deps.record({
            code: 'TG1006',
            ...(session === undefined ? {} : { session }),
            detail: { summed, unwritten },
          });
          sum.summed -= summed;
          sum.summedSince = now;
          sum.unwritten -= unwritten;
        } catch {
          // Intentionally kept and not thrown: the count is written when the store takes it.
        }
      }
      const isOver = now - sum.startedAt >= MINUTE_MS;
      if (isOver && sum.summed + sum.unwritten === 0) sums.delete(session);
    }
    if (sums.size > 0) schedule();
  }

  return {
    async refused(event) {
      const sum = sumOf(event.session);
      if (deps.clock.monotonicMs() - sum.startedAt >= MINUTE_MS) {
        sum.startedAt = deps.clock.monotonicMs();
        sum.recorded = 0;
      }
      if (sum.recorded >= REFUSALS_A_MINUTE) {
        if (sum.summed === 0) sum.summedSince = deps.clock.monotonicMs();
        sum.summed += 1;
        return;
      }
      sum.recorded += 1;
      try {
        await deps.record(event);
      } catch {
        sum.unwritten += 1;
        schedule();
      }
    },
    flush: () => write(true),
  };
}
