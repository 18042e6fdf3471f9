import type { EventDraft } from '../domain/event.ts';
import { withTouch } from './flow.ts';
import {
  type ClientOf,
  type FlowLabel,
  keyOfClient,
  type MonitorStore,
  type Touched,
} from './monitor-store.ts';
import { NOTHING_LEARNT, type Profile } from './profile.ts';

/** What a monitor remembers as long as its process: for what is only tried out. Events are not kept. */
export class VolatileMonitorStore implements MonitorStore {
  readonly #profiles = new Map<string, Profile>();
  readonly #clients = new Map<string, ClientOf & { readonly touched: Touched }>();

  async touched(of: ClientOf): Promise<Touched> {
    return this.#clients.get(keyOfClient(of))?.touched ?? {};
  }

  async touch(of: ClientOf, labels: readonly FlowLabel[], at: number): Promise<void> {
    const touched = withTouch(await this.touched(of), labels, at);
    this.#clients.set(keyOfClient(of), { ...of, touched });
  }

  async profile(grant: string): Promise<Profile | undefined> {
    return this.#profiles.get(grant);
  }

  async learn(
    grant: string,
    change: (before: Profile) => Profile,
    _event?: EventDraft,
  ): Promise<void> {
    this.#profiles.set(grant, change(this.#profiles.get(grant) ?? NOTHING_LEARNT));
  }

  async forget(what: ClientOf | { readonly grant: string }): Promise<void> {
    if ('grant' in what) this.#profiles.delete(what.grant);
    else this.#clients.delete(keyOfClient(what));
  }

  async all(): ReturnType<MonitorStore['all']> {
    return {
      clients: [...this.#clients.values()].map(({ subject, client, touched }) => ({
        subject,
        ...(client === undefined ? {} : { client }),
        touched,
      })),
      grants: [...this.#profiles].map(([grant, profile]) => ({ grant, profile })),
    };
  }
}
