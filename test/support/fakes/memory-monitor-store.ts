import type { EventDraft } from '../../../src/domain/event.ts';
import type { ClientOf, MonitorStore, Touched } from '../../../src/monitor/monitor-store.ts';
import { NOTHING_LEARNT, type Profile } from '../../../src/monitor/profile.ts';

/** What the monitor remembers, in memory; `fails` has every access fail. */
export class MemoryMonitorStore implements MonitorStore {
  readonly profiles = new Map<string, Profile>();
  readonly clients = new Map<string, Touched>();
  /** What was recorded with a change. */
  readonly events: EventDraft[] = [];
  fails = false;
  reads = 0;

  async touched(of: ClientOf): Promise<Touched> {
    this.#use();
    return this.clients.get(keyOf(of)) ?? {};
  }

  async touch(of: ClientOf, labels: readonly (keyof Touched)[], at: number): Promise<void> {
    this.#use();
    const now = Object.fromEntries(labels.map((label) => [label, at]));
    this.clients.set(keyOf(of), { ...this.clients.get(keyOf(of)), ...now });
  }

  async profile(grant: string): Promise<Profile | undefined> {
    this.#use();
    return this.profiles.get(grant);
  }

  async learn(
    grant: string,
    change: (before: Profile) => Profile,
    event?: EventDraft,
  ): Promise<void> {
    this.#use();
    const before = this.profiles.get(grant) ?? NOTHING_LEARNT;
    const after = change(before);
    if (after === before) return;
    this.profiles.set(grant, after);
    if (event !== undefined) this.events.push(event);
  }

  async forget(what: ClientOf | { readonly grant: string }): Promise<void> {
    if ('grant' in what) this.profiles.delete(what.grant);
    else this.clients.delete(keyOf(what));
  }

  async all(): ReturnType<MonitorStore['all']> {
    const grants = [...this.profiles].map(([grant, profile]) => ({ grant, profile }));
    return { clients: [], grants };
  }

  #use(): void {
    this.reads += 1;
    if (this.fails) throw new Error('the store fails');
  }
}

const keyOf = ({ subject, client = '' }: ClientOf): string => `${subject}\n${client}`;
