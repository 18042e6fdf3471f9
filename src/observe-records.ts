import type { AdmissionStore, Appended, NotAppended } from './admit/admission-store.ts';
import type { RefusalRecorder } from './audit/refusal-recorder.ts';
import type { EventDraft } from './domain/event.ts';
import type { Watchers } from './observe-broker.ts';
import { nameAttributes, spanName, verdictAttributes } from './telemetry/mcp-attributes.ts';
import type { OpenSpan } from './telemetry/tracer.ts';

/** Uses whose spans wait for their outcome. A bound, not a limit: what is beyond it lacks an attribute. */
const MAX_OPEN = 4_096;

/**
 * Counts what the audit records of calls, and tells the spans of their requests. What is told is what was
 * recorded: nothing is measured on its own that could say otherwise.
 */
export function observeStore(store: AdmissionStore, watchers: Watchers): AdmissionStore {
  const { tracer, metrics, clock } = watchers;
  const open = new Map<number, OpenSpan>();

  async function timed<T extends Appended | NotAppended>(
    kind: 'admit' | 'release' | 'record',
    draft: EventDraft,
    work: () => Promise<T>,
  ): Promise<T> {
    const startedMs = clock.monotonicMs();
    try {
      const answer = await work();
      metrics?.commits.observe({ kind }, (clock.monotonicMs() - startedMs) / 1_000);
      if (answer.kind === 'appended') appended(draft, answer.seq);
      return answer;
    } catch (error) {
      metrics?.commitFailures.add({ kind });
      throw error;
    } finally {
      if (draft.intent !== undefined) open.delete(draft.intent);
    }
  }

  function appended(draft: EventDraft, seq: number): void {
    metrics?.events.add({ code: draft.code });
    if (draft.code === 'TG1001') admitted(draft, seq);
    else if (draft.code === 'TG1002') ended(draft);
  }

  function admitted(draft: EventDraft, seq: number): void {
    const span = tracer?.find(draft.trace);
    span?.note(
      {
        ...verdictAttributes(draft),
        ...nameAttributes(draft),
        'toolgrant.server': draft.server ?? '',
        'toolgrant.audit.seq': seq,
      },
      spanName(draft.method ?? 'tools/call', draft),
    );
    if (span !== undefined && open.size < MAX_OPEN) open.set(seq, span);
  }

  function ended(draft: EventDraft): void {
    const { server = '', tool = '', outcome = 'unknown', reason, intent } = draft;
    metrics?.calls.add({ server, tool, outcome });
    const isRefused = outcome === 'refused' || outcome === 'withheld';
    if (isRefused && reason !== undefined) metrics?.refusals.add({ server, reason });
    if (intent !== undefined) open.get(intent)?.note(verdictAttributes(draft));
  }

  return {
    epoch: () => store.epoch(),
    isClockBehind: () => store.isClockBehind(),
    admit: (request) => timed('admit', request.intent, () => store.admit(request)),
    release: (request) => timed('release', request.outcome, () => store.release(request)),
    record: (event) => timed('record', event, () => store.record(event)),
  };
}

/** Whether something of a tool server is one it has: the client wrote the names. May reject. */
export type IsKnown = (draft: EventDraft) => Promise<boolean>;

/**
 * Counts refusals, those that the audit sums too, and tells the spans of their requests. A name is told
 * only of what there is. Attack: a client asks for what it makes up, a secret among it, and has it told.
 */
export const observeRefusals = (
  refusals: RefusalRecorder,
  { tracer, metrics }: Watchers,
  isServer: (name: string) => boolean,
  isKnown: IsKnown,
): RefusalRecorder => ({
  async refused(draft) {
    const { server = '', reason = '' } = draft;
    metrics?.refusals.add({ server: isServer(server) ? server : '', reason });
    const span = tracer?.find(draft.trace);
    if (span !== undefined) {
      span.note(verdictAttributes(draft));
      // What it is called does not keep it from being recorded.
      if (await isKnown(draft).catch(() => false)) {
        const method = draft.method ?? 'tools/call';
        span.note(
          { ...nameAttributes(draft), 'toolgrant.server': server },
          spanName(method, draft),
        );
      }
    }
    await refusals.refused(draft);
  },
  flush: () => refusals.flush(),
});
