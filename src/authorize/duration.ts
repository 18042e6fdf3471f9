const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** What a duration looks like: a whole number without leading zeros, and one of `s`, `m`, `h`, `d`. */
export const DURATION = /^[1-9][0-9]{0,6}[smhd]$/;

/** Reads `30s`, `30m`, `8h` or `7d` as milliseconds; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  const unit = text.at(-1) as keyof typeof UNIT_MS;
  return Number(text.slice(0, -1)) * UNIT_MS[unit];
}

/**
 * Writes milliseconds in the largest unit that is exact: `8h`, `90m`. Parts of a second are dropped,
 * so that what is read back is never longer.
 */
export function formatDuration(ms: number): string {
  const whole = Math.floor(ms / 1_000) * 1_000;
  for (const unit of ['d', 'h', 'm'] as const) {
    if (whole > 0 && whole % UNIT_MS[unit] === 0) return `${whole / UNIT_MS[unit]}${unit}`;
  }
  return `${whole / 1_000}s`;
}
