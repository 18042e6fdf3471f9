/** An instant as people and JSON get it: ISO 8601 in UTC, without milliseconds when there are none. */
export const formatInstant = (atMs: number): string =>
  new Date(atMs).toISOString().replace('.000Z', 'Z');

/** An instant to the second, so that those of a column are alike. */
export const formatSecond = (atMs: number): string => formatInstant(Math.floor(atMs / 1000) * 1000);

/** Epoch microseconds as ISO 8601 in UTC, to the microsecond. */
export function formatMicros(atMicros: number): string {
  const ms = Math.floor(atMicros / 1000);
  const rest = String(atMicros - ms * 1000).padStart(3, '0');
  return new Date(ms).toISOString().replace('Z', `${rest}Z`);
}
