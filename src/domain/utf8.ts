import { isAscii } from 'node:buffer';

/**
 * Makes a reader of UTF-8 that throws for anything else. Most messages are ASCII, which is told at once and
 * read without a decoder.
 *
 * @param ignoreBOM whether a byte order mark stays a character of the text.
 */
export function utf8Reader({
  ignoreBOM,
}: {
  readonly ignoreBOM: boolean;
}): (bytes: Buffer) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM });
  return (bytes) => (isAscii(bytes) ? bytes.toString('latin1') : decoder.decode(bytes));
}

/** The UTF-8 bytes of a text in parts, each of which is copied once: put together first, it would be copied twice. */
export function utf8Bytes(parts: readonly string[]): Buffer {
  const sizes = parts.map((part) => Buffer.byteLength(part));
  // Intentionally not filled with zeros: all of it is written.
  const bytes = Buffer.allocUnsafeSlow(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const [n, part] of parts.entries()) {
    at += bytes.write(part, at, sizes[n] === part.length ? 'latin1' : 'utf8');
  }
  return bytes;
}
