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

const encoder = new TextEncoder();

/**
 * The UTF-8 bytes of a text in parts, each of which is copied once: put together first, it would be copied
 * twice. Most texts are ASCII, and are not counted before they are written.
 */
export function utf8Bytes(parts: readonly string[]): Buffer {
  const units = parts.reduce((sum, part) => sum + part.length, 0);
  return writeParts(parts, units) ?? (writeParts(parts, sizeOf(parts)) as Buffer);
}

const sizeOf = (parts: readonly string[]): number =>
  parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);

/** The bytes, where they are so many; `undefined` where they are more. */
function writeParts(parts: readonly string[], size: number): Buffer | undefined {
  // Intentionally not filled with zeros: all of it is written.
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const part of parts) {
    const { read, written } = encoder.encodeInto(part, bytes.subarray(at));
    if (read < part.length) return undefined;
    at += written;
  }
  return bytes;
}
