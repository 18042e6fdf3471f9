import type { SessionId } from '../domain/ids.ts';
import type { Log } from '../domain/log.ts';
import type { MonitorSettings } from './ladder.ts';
import type { MonitorMemory } from './monitor-memory.ts';
import type { Whose } from './monitored.ts';
import { Track } from './track.ts';

/** Sessions remembered at once; the one not heard of for longest is dropped. */
const MAX_SESSIONS = 1_000;
/** A session that did nothing for so long has done what it is learnt from, milliseconds. */
const QUIET_MS = 1_800_000;
/** How exact the order of sessions is, milliseconds. */
const ORDER_MS = 1_000;

/** The sessions that are watched, in the order of when they were last heard of, to the second. */
export class Tracks {
  readonly #settings: MonitorSettings;
  readonly #memory: MonitorMemory;
  readonly #log: Log;
  readonly #tracks = new Map<SessionId, Track>();

  constructor(settings: MonitorSettings, memory: MonitorMemory, log: Log) {
    this.#settings = settings;
    this.#memory = memory;
    this.#log = log;
  }

  get size(): number {
    return this.#tracks.size;
  }

  /** All of them; the one heard of last comes last. */
  get all(): readonly Track[] {
    return [...this.#tracks.values()];
  }

  /** The track of a session that is remembered. */
  get(session: SessionId): Track | undefined {
    return this.#tracks.get(session);
  }

  /** The track of a session that is heard of; others have been quiet for long, or make room for it. */
  of(whose: Whose, at: number): Track {
    const track = this.#tracks.get(whose.session) ?? new Track(whose, this.#settings);
    track.lastAt = Math.max(track.lastAt, at);
    if (at < track.putLastAt + ORDER_MS) return track;
    track.putLastAt = at;
    this.#tracks.delete(whose.session);
    this.#tracks.set(whose.session, track);
    for (const other of this.#tracks.values()) {
      if (this.size <= MAX_SESSIONS && at - other.lastAt < QUIET_MS) break;
      // One that is contained stays so, unless all are.
      if (!other.isContained || this.size > 2 * MAX_SESSIONS) void this.#finish(other);
    }
    return track;
  }

  /** Learns from all of them, and forgets them. */
  async finish(): Promise<void> {
    for (const track of this.all) await this.#finish(track);
  }

  async #finish(track: Track): Promise<void> {
    const { session } = track.whose;
    this.#tracks.delete(session);
    try {
      for (const [grant, seen] of track.observed()) await this.#memory.learn(grant, seen);
    } catch (error) {
      this.#log.warn({ session, error }, 'what a session did was not learnt');
    }
  }
}
