/** First wait after a failure, milliseconds; it doubles with each further one. */
const FIRST_MS = 1_000;
/** Longest wait, milliseconds. */
const LONGEST_MS = 60_000;
/** A connection that lived this long has made good for earlier failures, milliseconds. */
const GOOD_STRETCH_MS = 30_000;
/** Entries kept; beyond, those whose wait is over go first, then the oldest. */
const MAX_ENTRIES = 10_000;

/** Holds back what keeps failing. Keys are the caller's; one key's failures never touch another's. */
export interface BackOff {
  /** Milliseconds until the key may be tried again; 0 when it may be now. */
  waitMs(key: string, now: number): number;
  /** A start failed. */
  failed(key: string, now: number): void;
  /** A connection ended by itself after living for so long: soon is a failure, late wipes the slate. */
  ended(key: string, livedMs: number, now: number): void;
  /** Forgets a key. */
  forget(key: string): void;
}

/** Makes an exponential back-off, from 1 s to 60 s. Instants are monotonic milliseconds. */
export function createBackOff(): BackOff {
  const failing = new Map<string, { failures: number; until: number }>();

  function failed(key: string, now: number): void {
    const failures = (failing.get(key)?.failures ?? 0) + 1;
    const wait = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 16), LONGEST_MS);
    if (failing.size >= MAX_ENTRIES) sweep(now);
    failing.set(key, { failures, until: now + wait });
  }

  function sweep(now: number): void {
    for (const [key, { until }] of failing) if (until <= now) failing.delete(key);
    for (const key of failing.keys()) {
      if (failing.size < MAX_ENTRIES) return;
      failing.delete(key);
    }
  }

  return {
    waitMs: (key, now) => Math.max(0, (failing.get(key)?.until ?? 0) - now),
    failed,
    ended(key, livedMs, now) {
      if (livedMs >= GOOD_STRETCH_MS) failing.delete(key);
      else failed(key, now);
    },
    forget: (key) => void failing.delete(key),
  };
}
