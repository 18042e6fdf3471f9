import type { Rate } from '../domain/rule-terms.ts';
import { formatDuration, parseDuration } from './duration.ts';

/** Most uses one rate counts: each is kept as long as it counts. */
export const MAX_RATE_COUNT = 10_000;
/** Longest stretch one counts over, milliseconds: 31 days. */
export const MAX_RATE_WINDOW_MS = 31 * 86_400_000;
/** Most rates of one rule. */
export const MAX_RATES = 8;

/** What a rate looks like: `10/h`, `5/10m`. */
export const RATE = /^[1-9][0-9]{0,4}\/(?:[1-9][0-9]{0,6})?[smhd]$/;

/** Reads `10/h`, `100/d` or `5/10m`. What is wrong with anything else is said so that it follows its name. */
export function parseRate(
  text: string,
): { readonly ok: true; readonly rate: Rate } | { readonly ok: false; readonly message: string } {
  const [, count, window] = /^([0-9]+)\/([0-9]*[smhd])$/.exec(text) ?? [];
  if (count === undefined || window === undefined) return wrong(`must be a rate such as 10/h`);
  if (/^0+$/.test(count)) return wrong('permits nothing: a rule that does not exist does too');
  if (/^0+[smhd]$/.test(window)) return wrong('counts over no time at all');
  if (!/^[1-9][0-9]{0,4}$/.test(count) || Number(count) > MAX_RATE_COUNT) {
    return wrong(`counts from 1 to ${MAX_RATE_COUNT}, without leading zeros`);
  }
  const windowMs = parseDuration(/^[smhd]$/.test(window) ? `1${window}` : window);
  if (windowMs === undefined || windowMs > MAX_RATE_WINDOW_MS) {
    return wrong(`counts over at most ${formatDuration(MAX_RATE_WINDOW_MS)}`);
  }
  return { ok: true, rate: { count: Number(count), windowMs } };
}

const wrong = (message: string) => ({ ok: false, message }) as const;

/** Writes a rate as a grant file does: `10/h`, `5/10m`. */
export const formatRate = ({ count, windowMs }: Rate): string =>
  `${count}/${formatDuration(windowMs).replace(/^1(?=[smhd]$)/, '')}`;

/** Several rates in one text, for people: `10/h, 100/d`. */
export const formatRates = (rates: readonly Rate[]): string => rates.map(formatRate).join(', ');
