import type { IncomingRequest } from '../domain/broker.ts';
import type { Deny } from '../domain/decision.ts';
import type { EventDraft } from '../domain/event.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import type { Json } from '../domain/json.ts';
import {
  cut,
  denyFields,
  type Recording,
  requestFields,
  resultFields,
  targetFields,
} from './call-events.ts';

/** The events of what a tool server asks of a client during a call. Drafts; none holds what is said. */
export interface AskEvents {
  refused(method: string, deny: Deny): EventDraft;
  made(method: string, asked: Json): EventDraft;
  /** @param how the person's action, or what kind of answer it was. */
  answered(method: string, how: string, answer: Json): EventDraft;
  /** Answers that came with a call made again, `count` of them. */
  answeredAlong(count: number, answers: Json): EventDraft;
}

/** Makes the drafts for one call. */
export function askEvents(
  incoming: IncomingRequest,
  receipt: IntentReceipt,
  recording: {
    digest: Recording['digest'];
    scrub<T extends Json>(value: T): T;
  },
): AskEvents {
  // Read anew for each: a held call is asked in one request and answered in another.
  const request = () => ({
    ...requestFields(incoming),
    ...targetFields(receipt.target),
    intent: receipt.seq,
  });
  const sized = (value: Json) => resultFields(recording.digest(value));
  return {
    refused: (method, deny) => ({
      ...request(),
      code: 'TG1005',
      method: cut(recording.scrub(method)),
      ...denyFields(deny),
    }),
    made: (method, asked) => ({ ...request(), code: 'TG1007', method, ...sized(asked) }),
    answered: (method, how, answer) => ({
      ...request(),
      code: 'TG1008',
      method,
      ...sized(answer),
      detail: { answer: how },
    }),
    answeredAlong: (count, answers) => ({
      ...request(),
      code: 'TG1008',
      ...sized(answers),
      detail: { answers: count },
    }),
  };
}
