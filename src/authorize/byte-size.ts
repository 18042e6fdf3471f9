const UNIT_BYTES = { MB: 1_048_576, KB: 1_024, B: 1 } as const;

/** What a size looks like: a whole number without leading zeros, and one of `B`, `KB`, `MB`. */
export const BYTE_SIZE = /^[1-9][0-9]{0,6}(?:B|KB|MB)$/;

/** Reads `500B`, `64KB` (1,024 bytes each) or `2MB` as bytes; `undefined` for anything else. */
export function parseByteSize(text: string): number | undefined {
  const [, count, unit] = /^([0-9]+)(B|KB|MB)$/.exec(text) ?? [];
  if (!BYTE_SIZE.test(text) || unit === undefined) return undefined;
  return Number(count) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES];
}

/** Writes bytes in the largest unit that is exact: `64KB`, `1000B`. */
export function formatByteSize(bytes: number): string {
  for (const unit of ['MB', 'KB'] as const) {
    if (bytes > 0 && bytes % UNIT_BYTES[unit] === 0) return `${bytes / UNIT_BYTES[unit]}${unit}`;
  }
  return `${bytes}B`;
}
