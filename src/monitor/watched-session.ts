import type { Step } from './ladder.ts';
import type { Whose } from './monitored.ts';
import type { SignalName } from './signal.ts';
import type { Track } from './track.ts';

/** A session as a broker's monitor sees it now: names and counts, never arguments or results. */
export interface WatchedSession extends Whose {
  /** When it was heard of last, epoch milliseconds. */
  readonly lastAt: number;
  /** Uses within the last window it was used in. */
  readonly uses: number;
  /** Different things it was refused. */
  readonly refused: number;
  /** The highest value of each signal that was raised of it. */
  readonly scores: Readonly<Partial<Record<SignalName, number>>>;
  /** What is done to it now, beyond single uses. */
  readonly standing: readonly {
    readonly signal: SignalName;
    readonly step: Step;
    /** Epoch milliseconds; absent until an admin undoes it. */
    readonly until?: number;
  }[];
}

/** A session that is watched, as far as it is shown. */
export const watchedSession = (track: Track): WatchedSession => ({
  ...track.whose,
  lastAt: track.lastAt,
  uses: track.uses.count(track.lastAt),
  refused: track.refused.size,
  scores: Object.fromEntries(track.scores),
  standing: [...track.standing]
    .filter(([, { until }]) => until === undefined || until > track.lastAt)
    .map(([signal, standing]) => ({ signal, ...standing })),
});
