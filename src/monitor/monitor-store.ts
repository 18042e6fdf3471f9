import type { EventDraft } from '../domain/event.ts';
import type { Profile } from './profile.ts';

/** Kinds of data whose meeting is watched. */
export type FlowLabel = 'private' | 'untrusted';

/** When a subject's client last read data of a kind, epoch milliseconds. */
export type Touched = Readonly<Partial<Record<FlowLabel, number>>>;

/** A subject and its client's profile; a token that names no client is none. */
export interface ClientOf {
  readonly subject: string;
  readonly client?: string;
}

/** A subject's client as a key: no two have the same one, whatever they are called. */
export const keyOfClient = ({ subject, client = '' }: ClientOf): string =>
  JSON.stringify([subject, client]);

/** What the monitor remembers beyond a process. */
export interface MonitorStore {
  touched(of: ClientOf): Promise<Touched>;
  /** Remembers that data of these kinds was read; an earlier instant than the one known changes nothing. */
  touch(of: ClientOf, labels: readonly FlowLabel[], at: number): Promise<void>;
  /** What sessions under a grant have done, `undefined` before the first. */
  profile(grant: string): Promise<Profile | undefined>;
  /** Changes what is learnt of a grant, in one transaction; with its event, where an admin did it. */
  learn(grant: string, change: (before: Profile) => Profile, event?: EventDraft): Promise<void>;
  /** Forgets what was read, or what was learnt. */
  forget(what: ClientOf | { readonly grant: string }): Promise<void>;
  /** Everything remembered, ordered by subject and client, and by grant. */
  all(): Promise<{
    readonly clients: readonly (ClientOf & { readonly touched: Touched })[];
    readonly grants: readonly { readonly grant: string; readonly profile: Profile }[];
  }>;
}
