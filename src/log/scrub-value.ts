import { escapeText } from './escape-text.ts';

const MAX_CHARS = 4096;
/** What is looked at of a longer text. */
const WINDOW = 65_536;
/** Not shown of its end: a secret that the window cuts is not recognised. */
const UNSURE = 8_192;
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_STACK_LINES = 20;
const SECRET_KEY =
  /^(?:.*[_-])?(?:authorization|cookie|credentials?|passw(?:or)?d|passphrase|secrets?|token|api[_-]?key|private[_-]?key|private[_-]?jwk|d)$/i;

/** Scrubs and escapes one text; what is beyond 4096 characters is cut and counted. */
export function scrubString(text: string, scrub: (text: string) => string): string {
  const beyond = Math.max(0, text.length - WINDOW);
  const scrubbed = scrub(beyond === 0 ? text : text.slice(0, WINDOW));
  const clean = escapeText(beyond === 0 ? scrubbed : scrubbed.slice(0, -UNSURE));
  const more = clean.length - MAX_CHARS + (beyond === 0 ? 0 : beyond + UNSURE);
  return more <= 0 ? clean : `${clean.slice(0, MAX_CHARS)}… (${more} more)`;
}

/**
 * Makes anything safe to log: every string and key in it scrubbed and escaped, values under keys that
 * name credentials replaced, errors written out with their causes, cycles, depth and length cut.
 * Never calls `toJSON` or `toString` of what it is given.
 */
export function scrubValue(value: unknown, scrub: (text: string) => string, depth = 0): unknown {
  if (value === null || value === undefined) return value;
  if (typeof value === 'string') return scrubString(value, scrub);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return `[${typeof value}]`;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (value instanceof Error) return scrubError(value, scrub, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => scrubValue(item, scrub, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `[${value.length - MAX_ITEMS} more]`] : items;
  }
  const clean: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value).slice(0, MAX_ITEMS)) {
    clean[scrubString(key, scrub)] =
      SECRET_KEY.test(key) && item !== undefined && item !== null
        ? '[redacted]'
        : scrubValue(item, scrub, depth + 1);
  }
  return clean;
}

function scrubError(error: Error, scrub: (text: string) => string, depth: number): unknown {
  const code: unknown = Reflect.get(error, 'code');
  const stack = typeof error.stack === 'string' ? error.stack.split('\n') : [];
  const frames = stack.filter((line) => /^\s+at /.test(line)).slice(0, MAX_STACK_LINES);
  return {
    name: scrubString(String(error.name), scrub),
    ...(typeof code === 'string' ? { code: scrubString(code, scrub) } : {}),
    message: scrubString(String(error.message), scrub),
    stack: frames.map((line) => scrubString(line.trim(), scrub)),
    ...(error.cause === undefined ? {} : { cause: scrubValue(error.cause, scrub, depth + 1) }),
  };
}
