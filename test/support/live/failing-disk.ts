import { verifyAudit } from '../../../src/admin/verify-audit.ts';
import type { AuditEvent } from '../../../src/domain/event.ts';
import type { Home } from './home.ts';
import type { HttpClient } from './http-client.ts';
import { callOf, isResult } from './race.ts';
import type { Answer } from './stdio-client.ts';
import { type DiskFault, failUnder } from './strace.ts';

/** A broker with a client, whose disk can be made to fail. */
export interface OnDisk {
  readonly home: Home;
  readonly pid: number;
  readonly client: HttpClient;
}

/** What came of calls while the disk failed. */
export interface FailedDisk {
  /** How many calls to the system failed: none when fewer were made than the fault asked for. */
  readonly injected: number;
  readonly calls: number;
  /** Calls that were answered `-32603`, or 503 where the state could not be read at all. */
  readonly refused: number;
  /** What broke a promise, in words; empty when nothing did. */
  readonly broken: readonly string[];
}

/**
 * Has callers call while the disk fails under the broker, lets it be mended, calls once more, and
 * compares what clients, log and tool server know.
 */
export async function callOnFailingDisk(
  { home, pid, client }: OnDisk,
  fault: DiskFault,
  options: { readonly prefix: string; readonly callers: number; readonly callsEach: number },
): Promise<FailedDisk> {
  const { context } = await home.state();
  const before = (await context.events.head())?.seq ?? 0;
  const answers = new Map<string, Answer | undefined>();
  /** Calls begun once one had failed: refused as long as the fault lasts. */
  const begunAfter: string[] = [];
  let hasFailed = false;

  const tracing = await failUnder(home, pid, fault);
  async function callOn(caller: number): Promise<void> {
    for (let turn = 0; turn < options.callsEach; turn += 1) {
      const id = `${options.prefix}-${caller}-${turn}`;
      if (hasFailed) begunAfter.push(id);
      const answer = await client.askByStatus(callOf(id, 's__echo'));
      answers.set(id, answer);
      hasFailed ||= !isResult(answer);
    }
  }
  await Promise.all(Array.from({ length: options.callers }, (_, caller) => callOn(caller)));
  await tracing.detach();
  const injected = tracing.injected();

  const mended = `${options.prefix}-mended`;
  answers.set(mended, await client.askByStatus(callOf(mended, 's__echo')));
  const broken = compare(
    await context.events.query({ afterSeq: before }),
    answers,
    reachedCalls(home),
  );
  if (!isResult(answers.get(mended))) broken.push('service did not resume');
  if (injected === 0 && hasFailed) broken.push('a call failed without a fault');
  if (fault.isLasting && begunAfter.some((id) => isResult(answers.get(id)))) {
    broken.push('a call passed while the disk failed');
  }
  if (fault.isLasting && begunAfter.some((id) => reachedCalls(home).has(id))) {
    broken.push('a call reached the tool server while the disk failed');
  }
  if (!(await verifyAudit(context, [], () => {})).ok) broken.push('the log does not verify');
  const refused = [...answers.values()].filter((answer) => !isResult(answer)).length;
  return { injected, calls: answers.size, refused, broken };
}

/** Nonces of the calls that reached the tool server. */
export const reachedCalls = (home: Home): ReadonlySet<string | undefined> =>
  new Set(home.journal().flatMap(({ kind, nonce }) => (kind === 'call' ? [nonce] : [])));

/** 503: who calls cannot be told without the state. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([-32603, 503]);

/** What clients saw and the tool server got, held against the log. */
export function compare(
  events: readonly AuditEvent[],
  answers: ReadonlyMap<string, Answer | undefined>,
  reached: ReadonlySet<string | undefined>,
): string[] {
  const intents = new Map(
    events.flatMap((event) => (event.code === 'TG1001' ? [[event.requestId, event] as const] : [])),
  );
  const outcomes = new Map(events.map(({ intent, outcome }) => [intent, outcome]));
  const broken: string[] = [];
  for (const [id, answer] of answers) {
    const intent = intents.get(id);
    if (isResult(answer)) {
      if (intent === undefined) broken.push('a result without an intent in the log');
      else if (outcomes.get(intent.seq) !== 'ok') broken.push('a result without its outcome');
    } else if (!REFUSALS.has(answer?.error?.code)) {
      broken.push(`answered ${JSON.stringify(answer?.error?.code)}`);
    }
    if (reached.has(id) && intent === undefined) broken.push('reached without an intent');
  }
  return broken;
}
