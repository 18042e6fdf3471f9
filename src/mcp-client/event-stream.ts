/** What ended the reading of an event stream early. */
export type EventStreamFault = 'too_long' | 'not_utf8';

/** Reads a server-sent event stream chunk by chunk. */
export interface EventStreamReader {
  /** Takes bytes in and hands out each event's data that became complete. */
  push(chunk: Uint8Array): EventStreamFault | undefined;
}

/** Where a stream stands; a reader moves it on. */
export interface StreamPosition {
  /** The id of the last whole event: what `Last-Event-ID` names. */
  lastEventId?: string | undefined;
  /** Milliseconds the server wants one to wait before the stream is opened again. */
  retryMs?: number;
}

/** What can be sent back as a header; other ids are as good as none. */
const EVENT_ID = /^[\x21-\x7e]{0,1024}$/;
const RETRY = /^\d{1,9}$/;

/**
 * Makes a reader of `text/event-stream` that holds at most one event of `maxBytes`. Comments and
 * events of a type other than `message` are ignored. An event cut off by the end of
 * the stream never happened.
 *
 * Attack: an event without end fills the broker's memory.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function createEventStreamReader(
  maxBytes: number,
  onData: (data: string) => void,
  position: StreamPosition = {},
): EventStreamReader {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line: string[] = [];
  let data: string[] = [];
  let type = '';
  let id = position.lastEventId;
  /** UTF-8 bytes of the event so far, framing included. */
  let held = 0;
  let endsInCarriageReturn = false;

  function endLine(): void {
    const text = line.length === 1 ? (line[0] ?? '') : line.join('');
    line = [];
    if (text === '') {
      if (data.length > 0 && (type === '' || type === 'message')) onData(data.join('\n'));
      data = [];
      type = '';
      held = 0;
      position.lastEventId = id;
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? text : text.slice(0, colon);
    const rest = colon === -1 ? '' : text.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    if (field === 'data') data.push(value);
    else if (field === 'event') type = value;
    else if (field === 'id' && EVENT_ID.test(value)) id = value === '' ? undefined : value;
    else if (field === 'retry' && RETRY.test(value)) position.retryMs = Number(value);
  }

  return {
    push(chunk) {
      let text: string;
      try {
        text = decoder.decode(chunk, { stream: true });
      } catch {
        return 'not_utf8';
      }
      if (endsInCarriageReturn && text.startsWith('\n')) text = text.slice(1);
      if (text !== '') endsInCarriageReturn = text.endsWith('\r');
      let from = 0;
      for (const { 0: mark, index } of text.matchAll(/\r\n|\n|\r/g)) {
        const part = text.slice(from, index);
        held += Buffer.byteLength(part) + 1;
        if (held > maxBytes) return 'too_long';
        if (part !== '') line.push(part);
        endLine();
        from = index + mark.length;
      }
      const part = text.slice(from);
      held += Buffer.byteLength(part);
      if (part !== '') line.push(part);
      return held > maxBytes ? 'too_long' : undefined;
    },
  };
}
