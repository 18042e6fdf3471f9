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
  return writeParts(parts, takeMemory(units)) ?? (writeParts(parts, exactly(parts)) as Buffer);
}

const exactly = (parts: readonly string[]): Buffer =>
  freshMemory(parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0));

/** The bytes, where they fit into this memory; `undefined` where they do not. */
function writeParts(parts: readonly string[], memory: Buffer): Buffer | undefined {
  let at = 0;
  for (const part of parts) {
    const { read, written } = encoder.encodeInto(part, memory.subarray(at));
    if (read < part.length) return undefined;
    at += written;
  }
  return memory.subarray(0, at);
}

/** Bytes of memory that are kept for the next text, at most. */
const MOST_KEPT = 1_048_576;

/** Memory that was made here: no other can be given back. */
const made = new WeakSet<ArrayBufferLike>();
/** Memory of which nobody reads anything any more. */
let spare: Buffer | undefined;
/** Bytes of memory that a text gets at most for each of its units: as many as one can take. */
const MOST_OF_UNIT = 3;

/**
 * Takes back the memory of what `utf8Bytes` gave, for the next text: only from who knows that nobody holds
 * it any more, not the stream that it was written to either. Left to the engine, each few megabytes of it
 * would have all garbage collected.
 */
export function reuse(bytes: Buffer): void {
  const { buffer } = bytes;
  if (made.has(buffer) && buffer.byteLength <= MOST_KEPT) spare = Buffer.from(buffer);
}

function freshMemory(bytes: number): Buffer {
  // Intentionally not filled with zeros: only what was written is ever handed out.
  const memory = Buffer.allocUnsafeSlow(bytes);
  made.add(memory.buffer);
  return memory;
}

/**
 * Attack: a large answer is read, and a small one that gets its memory is not, again and again: what waits to
 * be read is bounded by the bytes of the answers.
 */
function takeMemory(units: number): Buffer {
  const memory = spare;
  const fits =
    memory !== undefined && memory.length >= units && memory.length <= MOST_OF_UNIT * units;
  if (!fits) return freshMemory(units);
  spare = undefined;
  return memory;
}
