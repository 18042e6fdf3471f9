/** Ends a wait before it is over. Idempotent. */
export type CancelTimer = () => void;

/** Waiting, as an argument, so that tests decide when time passes. */
export interface Timers {
  /** Runs `run` once, `ms` milliseconds from now, unless cancelled first. */
  after(ms: number, run: () => void): CancelTimer;
}

/** The process's own timers. A pending one does not keep the process alive. */
export const systemTimers: Timers = {
  after(ms, run) {
    const handle = setTimeout(run, ms);
    handle.unref();
    return () => clearTimeout(handle);
  },
};
