const NEWLINE = 0x0a;

/** What a splitter tells its owner, in the order of the bytes. */
export interface LineEvents {
  /** One line without its newline. */
  onLine(line: Buffer): void;
  /** The line so far is longer than allowed. Nothing more is read. */
  onTooLong(): void;
}

/**
 * Cuts a byte stream into lines, holding at most one line of `maxBytes`.
 *
 * Attack: a tool server that writes without end and without newline fills the broker's memory.
 */
export function createLineSplitter(maxBytes: number, events: LineEvents): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let isOver = false;

  return (chunk) => {
    let from = 0;
    while (!isOver && from <= chunk.length) {
      const newline = chunk.indexOf(NEWLINE, from);
      const part = chunk.subarray(from, newline === -1 ? chunk.length : newline);
      if (heldBytes + part.length > maxBytes) {
        isOver = true;
        held = [];
        events.onTooLong();
        return;
      }
      if (newline === -1) {
        if (part.length > 0) held.push(part);
        heldBytes += part.length;
        return;
      }
      const line = held.length === 0 ? part : Buffer.concat([...held, part]);
      held = [];
      heldBytes = 0;
      from = newline + 1;
      events.onLine(line);
    }
  };
}
