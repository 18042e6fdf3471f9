import type { Writable } from 'node:stream';

/** What leaves for a tool server's input. */
export interface Outbox {
  /** Bytes that have not left, as far as they are counted: one for a UTF-16 unit that still waits here. */
  readonly waiting: number;
  /**
   * Takes a message, which leaves before anything more is read from anywhere.
   *
   * @param text one line, its end included.
   * @param mayLeave asked synchronously right before the bytes leave; must not throw. What may not leave is dropped.
   */
  post(text: string, mayLeave: () => boolean): void;
}

/**
 * Writes what is posted at once in one write: calls that were admitted by one commit go out together,
 * and each write costs more than all else that is done to send a call.
 */
export function createOutbox(input: Writable): Outbox {
  let posted: { readonly text: string; readonly mayLeave: () => boolean }[] = [];
  let size = 0;

  function flush(): void {
    const all = posted;
    posted = [];
    size = 0;
    let text = '';
    for (const message of all) if (message.mayLeave()) text += message.text;
    if (text === '') return;
    input.write(text, Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8');
  }

  return {
    get waiting() {
      return size + input.writableLength;
    },
    post(text, mayLeave) {
      if (posted.length === 0) process.nextTick(flush);
      posted.push({ text, mayLeave });
      size += text.length;
    },
  };
}
