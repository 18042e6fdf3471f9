/** A stretch of a text that must not be kept: `[start, end)` in UTF-16 units, and what it is. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/**
 * Writes `text` up to `limit` with every span replaced by `[redacted:<kind>]`; overlapping spans
 * become one. A span that begins before `limit` is replaced whole, and nothing after `limit` is
 * written, so that no secret shows its beginning because a cut went through it.
 */
export function replaceSpans(text: string, spans: readonly Span[], limit: number): string {
  let out = '';
  let at = 0;
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (span.start >= limit) break;
    if (span.start >= at) out += `${text.slice(at, span.start)}[redacted:${span.kind}]`;
    at = Math.max(at, span.end);
  }
  return at < limit ? out + text.slice(at, limit) : out;
}
