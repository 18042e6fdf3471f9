import type { Hold } from './shares.ts';

/** One event of a stream: what `Last-Event-ID` names, and the message. */
export interface LoggedEvent {
  readonly id: string;
  readonly data: string;
}

interface Kept {
  readonly stream: number;
  readonly place: number;
  readonly data: string;
  readonly bytes: number;
}

/** Bounds of one log. */
export interface EventLogLimits {
  /** Events one log keeps. */
  readonly maxEvents: number;
  /** Bytes of events one log keeps. */
  readonly maxEventBytes: number;
}

const EVENT_ID = /^(0|[1-9]\d{0,14})-(0|[1-9]\d{0,14})$/;

/** Reads an event id; `undefined` when it is none of ours. */
export function readEventId(
  id: string,
): { readonly stream: number; readonly place: number } | undefined {
  const [, stream, place] = EVENT_ID.exec(id) ?? [];
  return stream === undefined ? undefined : { stream: Number(stream), place: Number(place) };
}

/**
 * What the streams of one transport session said and may have to say again: the newest, bounded in
 * events and bytes, and in bytes together with all other logs. An id names the stream and the place
 * in the log, so no two events of a session share one.
 *
 * Attack: a client that never reads, so that what waits for it fills the memory.
 */
export class EventLog {
  readonly #limits: EventLogLimits;
  readonly #room: Hold;
  #kept: Kept[] = [];
  #bytes = 0;
  #lastPlace = 0;
  #isClosed = false;

  /** @param room what all logs together may take, in bytes. */
  constructor(limits: EventLogLimits, room: Hold) {
    this.#limits = limits;
    this.#room = room;
  }

  /** Adds an event. Older ones make room for it; one for which there is none is not kept. */
  append(stream: number, data: string): { readonly id: string; readonly isKept: boolean } {
    this.#lastPlace += 1;
    const id = `${stream}-${this.#lastPlace}`;
    const bytes = Buffer.byteLength(data);
    const isKept = !this.#isClosed && this.#makeRoom(bytes);
    if (isKept) {
      this.#kept.push({ stream, place: this.#lastPlace, data, bytes });
      this.#bytes += bytes;
    }
    return { id, isKept };
  }

  /** What is left of a stream's events after a place, the oldest first. */
  after(stream: number, place: number): readonly LoggedEvent[] {
    return this.#kept
      .filter((one) => one.stream === stream && one.place > place)
      .map((one) => ({ id: `${stream}-${one.place}`, data: one.data }));
  }

  /** Lets the events of a stream go, but for those that stay. */
  forget(stream: number, stays: (data: string) => boolean = () => false): void {
    this.#drop((one) => one.stream === stream && !stays(one.data));
  }

  /** Lets everything go, and keeps nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#kept = [];
    this.#bytes = 0;
    this.#room.release();
  }

  #makeRoom(bytes: number): boolean {
    const { maxEvents, maxEventBytes } = this.#limits;
    if (bytes > maxEventBytes) return false;
    while (this.#kept.length >= maxEvents || this.#bytes + bytes > maxEventBytes)
      this.#dropOldest();
    while (!this.#room.take(bytes)) {
      if (this.#kept.length === 0) return false;
      this.#dropOldest();
    }
    return true;
  }

  #dropOldest(): void {
    const [oldest] = this.#kept;
    this.#drop((one) => one === oldest);
  }

  #drop(goes: (one: Kept) => boolean): void {
    const stays: Kept[] = [];
    let freed = 0;
    for (const one of this.#kept) {
      if (goes(one)) freed += one.bytes;
      else stays.push(one);
    }
    this.#kept = stays;
    this.#bytes -= freed;
    this.#room.give(freed);
  }
}
