import type { ApprovalRecord } from '../approve/approval.ts';
import type { AskingApproval } from './get-approval.ts';

/** Milliseconds between two signs of life while a use waits: well within any client's patience. */
const PROGRESS_MS = 10_000;

/**
 * Holds a use open until its approval is settled, its time is over or nobody waits for it any more. A
 * client that wants progress hears what is waited for.
 *
 * Progress counts the seconds that are left, below zero: it has to rise, and what the tool server reports
 * afterwards begins at zero or above.
 */
export async function waitForApproval(
  { incoming, use, broker }: AskingApproval,
  { id }: ApprovalRecord,
  waitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { approvals, clock, timers } = broker;
  const waiting = approvals.wait(incoming.principal.sessionId);
  if (waiting === undefined) return;
  const { promise: over, resolve: finish } = Promise.withResolvers<'over'>();
  const onAbort = (): void => finish('over');
  const cancelTime = timers.after(waitMs, onAbort);
  let cancelProgress = (): void => {};
  const tell = (leftMs: number): void => {
    const progress = -Math.ceil(leftMs / 1000);
    const message = `waiting for approval ${id}`;
    incoming.notify({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progress, message },
    });
    if (leftMs > PROGRESS_MS) {
      cancelProgress = timers.after(PROGRESS_MS, () => tell(leftMs - PROGRESS_MS));
    }
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (use.wantsProgress) tell(waitMs);
    for (;;) {
      // Before the look: what is settled right after it wakes us.
      const woken = waiting.woken();
      const found = await approvals.store.find(id, clock.now());
      if (found?.approval.state !== 'pending') return;
      if ((await Promise.race([woken, over])) === 'over') return;
    }
  } finally {
    waiting.end();
    cancelTime();
    cancelProgress();
    signal.removeEventListener('abort', onAbort);
  }
}
