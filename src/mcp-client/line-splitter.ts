import { GrowingBytes } from '../domain/growing-bytes.ts';

const NEWLINE = 0x0a;

/** What a splitter tells its owner, in the order of the bytes. */
export interface LineEvents {
  /** One line without its newline. Not to be kept: its memory is that of the next one. */
  onLine(line: Buffer): void;
  /** The line so far is longer than allowed. Nothing more is read. */
  onTooLong(): void;
}

/**
 * Cuts a byte stream into lines, holding at most one line of `maxBytes`.
 *
 * Attack: a tool server that writes without end and without newline, or a byte at a time, fills the
 * broker's memory.
 */
export function createLineSplitter(maxBytes: number, events: LineEvents): (chunk: Buffer) => void {
  const held = new GrowingBytes();
  let isOver = false;

  return (chunk) => {
    let from = 0;
    while (!isOver && from <= chunk.length) {
      const newline = chunk.indexOf(NEWLINE, from);
      const part = chunk.subarray(from, newline === -1 ? chunk.length : newline);
      if (held.size + part.length > maxBytes) {
        isOver = true;
        held.clear();
        events.onTooLong();
        return;
      }
      if (newline === -1) {
        if (part.length > 0) held.append(part);
        return;
      }
      from = newline + 1;
      if (held.size === 0) events.onLine(part);
      else {
        held.append(part);
        try {
          events.onLine(held.bytes());
        } finally {
          held.clear();
        }
      }
    }
  };
}
