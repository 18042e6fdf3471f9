import type { AdmissionRequest, AdmissionStore } from './admit/admission-store.ts';
import type { OpenState } from './compose.ts';
import { isAlive } from './control-socket/ask-drain.ts';
import { errorCode } from './domain/errors.ts';

/** Closes what dead brokers left open. */
export async function buryDead({
  instance,
  log,
  stores,
}: Pick<OpenState, 'instance' | 'log' | 'stores'>): Promise<void> {
  for (const broker of await stores.brokers.list()) {
    if (broker.instance === instance || (await isAlive(broker))) continue;
    const closed = await stores.brokers.bury(broker.instance);
    log.warn(
      { instance: broker.instance, pid: broker.pid, closed },
      'a broker died; its open calls are closed as unknown',
    );
  }
}

/** Milliseconds between two looks for dead brokers. */
const LOOK_EVERY_MS = 5_000;

/**
 * Looks for dead brokers when as many uses of a grant run in a session as it allows: what a dead one
 * left open takes a place for ever otherwise. The use that found none is refused all the same; the next
 * one finds what was freed.
 */
export function freeingPlaces(
  store: AdmissionStore,
  { bury, monotonicMs }: { readonly bury: () => Promise<void>; readonly monotonicMs: () => number },
): AdmissionStore {
  let lookedAt = Number.NEGATIVE_INFINITY;

  /** Of a grant that allows so many at once: no other finds no place. */
  async function admitOneOfSeveral(request: AdmissionRequest) {
    const answer = await store.admit(request);
    const isFull = answer.kind === 'spent' && answer.limit === 'concurrent';
    if (isFull && monotonicMs() - lookedAt >= LOOK_EVERY_MS) {
      lookedAt = monotonicMs();
      void bury();
    }
    return answer;
  }

  return {
    epoch: () => store.epoch(),
    isClockBehind: () => store.isClockBehind(),
    release: (request) => store.release(request),
    record: (event) => store.record(event),
    admit: (request) =>
      request.limits?.concurrent === undefined ? store.admit(request) : admitOneOfSeveral(request),
  };
}

/** `buryDead` for when nobody waits for it. Never rejects. */
export const buryDeadAside = async (
  state: Pick<OpenState, 'instance' | 'log' | 'stores'>,
): Promise<void> => {
  await buryDead(state).catch((error: unknown) =>
    state.log.warn({ code: errorCode(error), error }, 'dead brokers could not be looked for'),
  );
};
