import { withTouch } from './flow.ts';
import {
  type ClientOf,
  type FlowLabel,
  keyOfClient,
  type MonitorStore,
  type Touched,
} from './monitor-store.ts';
import {
  type Approved,
  type LearntOfAll,
  learnApproved,
  learnSession,
  learntOfAll,
  NOTHING_LEARNT,
  type Observed,
  type Profile,
} from './profile.ts';
import { putLast } from './track.ts';

/** Clients and grants remembered at once; those not heard of for longest are read again. */
const MAX_CLIENTS = 2_000;
const MAX_GRANTS = 1_000;
/** What is learnt of all grants together is read again after so long, milliseconds. */
const ALL_MS = 600_000;

/** What is stored, as far as one broker has read it. A use that nothing turns on reads nothing. */
export class MonitorMemory {
  readonly #store: MonitorStore;
  readonly #rememberMs: number;
  readonly #clients = new Map<string, Touched>();
  /** What was read and is not stored yet. */
  readonly #unstored = new Map<string, Touched>();
  readonly #profiles = new Map<string, Profile>();
  /** The grant that comes last of them. */
  #newest: string | undefined;
  #all: { readonly at: number; readonly learnt: LearntOfAll } | undefined;

  constructor(store: MonitorStore, rememberMs: number) {
    this.#store = store;
    this.#rememberMs = rememberMs;
  }

  async profile(grant: string): Promise<Profile> {
    const known = this.#profiles.get(grant) ?? (await this.#store.profile(grant)) ?? NOTHING_LEARNT;
    putLast(this.#profiles, grant, known, MAX_GRANTS);
    this.#newest = grant;
    return known;
  }

  /** As far as it is known without reading. */
  knownProfile(grant: string): Profile | undefined {
    const known = this.#profiles.get(grant);
    if (known === undefined || this.#newest === grant) return known;
    putLast(this.#profiles, grant, known, MAX_GRANTS);
    this.#newest = grant;
    return known;
  }

  /** What is learnt of all grants; what was learnt a few minutes ago may be missing. */
  async learntOfAll(at: number): Promise<LearntOfAll> {
    if (this.#all === undefined || at - this.#all.at >= ALL_MS) {
      const { grants } = await this.#store.all();
      this.#all = { at, learnt: learntOfAll(grants.map(({ profile }) => profile)) };
    }
    return this.#all.learnt;
  }

  async learn(grant: string, seen: Observed): Promise<void> {
    await this.#store.learn(grant, (before) => learnSession(before, seen));
    this.#profiles.delete(grant);
  }

  async learnApproved(grant: string, approved: Approved): Promise<void> {
    await this.#store.learn(grant, (before) => learnApproved(before, approved));
    this.#profiles.delete(grant);
  }

  /** When a client read data of each kind, as every broker knows it, and what this one could not store. */
  async touched(of: ClientOf): Promise<Touched> {
    const key = keyOfClient(of);
    const touched = merged(
      await this.#store.touched(of),
      this.#clients.get(key),
      this.#unstored.get(key),
    );
    putLast(this.#clients, key, touched, MAX_CLIENTS);
    return touched;
  }

  /**
   * Keeps that data was read; what is known already, once in a twelfth of the time it is remembered for.
   * What cannot be stored is known in this broker meanwhile, and stored with what comes next.
   *
   * @throws BrokerError when it cannot be stored.
   */
  async touch(of: ClientOf, labels: readonly FlowLabel[], at: number): Promise<void> {
    const key = keyOfClient(of);
    const known = this.#clients.get(key) ?? {};
    const unstored = this.#unstored.get(key) ?? {};
    const fresh = at - this.#rememberMs / 12;
    const news = [...new Set([...labels, ...labelsOf(unstored)])].filter(
      (label) =>
        Object.hasOwn(unstored, label) || (known[label] ?? Number.NEGATIVE_INFINITY) <= fresh,
    );
    if (news.length === 0) return;
    const mine = withTouch(unstored, news, at);
    putLast(this.#unstored, key, mine, MAX_CLIENTS);
    await this.#store.touch(of, news, at);
    if (this.#unstored.get(key) === mine) this.#unstored.delete(key);
    putLast(this.#clients, key, withTouch(known, news, at), MAX_CLIENTS);
  }

  /** Has everything read again: an admin may have had something forgotten. */
  clear(): void {
    this.#clients.clear();
    this.#profiles.clear();
    this.#all = undefined;
  }
}

const labelsOf = (touched: Touched): readonly FlowLabel[] => Object.keys(touched) as FlowLabel[];

const merged = (...all: readonly (Touched | undefined)[]): Touched =>
  all.reduce<Touched>(
    (sum, one = {}) =>
      labelsOf(one).reduce((most, label) => withTouch(most, [label], one[label] ?? 0), sum),
    {},
  );
