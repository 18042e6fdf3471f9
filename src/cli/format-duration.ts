const UNITS: readonly (readonly [micros: number, unit: string])[] = [
  [3_600_000_000, 'h'],
  [60_000_000, 'min'],
  [1_000_000, 's'],
  [1_000, 'ms'],
  [1, 'us'],
];

/** Microseconds for people, to two or three digits: `830 us`, `1.2 ms`, `47 s`. */
export function formatDuration(us: number): string {
  const [size, unit] = UNITS.find(([micros]) => us >= micros) ?? [1, 'us'];
  const many = us / size;
  return `${many < 10 && size > 1 ? many.toFixed(1) : String(Math.round(many))} ${unit}`;
}
