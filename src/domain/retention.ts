/** How long, and how large, a log is kept. */
export interface Retention {
  /** Milliseconds after which events go. */
  readonly maxAgeMs?: number | undefined;
  /** Bytes of the database beyond which its oldest events go. */
  readonly maxBytes?: number | undefined;
}

/** What a database's size looks like. */
export const DATABASE_SIZE = /^[1-9]\d{0,5}(?:MB|GB)$/;

/** Reads `500MB` (1,048,576 bytes each) or `10GB` as bytes; `undefined` for anything else. */
export function parseDatabaseSize(text: string): number | undefined {
  if (!DATABASE_SIZE.test(text)) return undefined;
  return Number.parseInt(text, 10) * (text.endsWith('GB') ? 1_073_741_824 : 1_048_576);
}
