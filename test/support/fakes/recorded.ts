import { currentPolicy } from '../../../src/admin/current-policy.ts';
import { callEvents, type Recording } from '../../../src/audit/call-events.ts';
import { hmacJson } from '../../../src/audit/digest.ts';
import { type ArgumentsMode, redactArguments } from '../../../src/audit/redact.ts';
import { decide } from '../../../src/authorize/decide.ts';
import type { UseTarget } from '../../../src/domain/access-request.ts';
import type { IncomingRequest } from '../../../src/domain/broker.ts';
import type { PinnedServer } from '../../../src/domain/catalog-record.ts';
import type { AuditEvent } from '../../../src/domain/event.ts';
import type { SessionId } from '../../../src/domain/ids.ts';
import type { IntentReceipt } from '../../../src/domain/intent-receipt.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { FakeAdmin } from './fake-admin.ts';
import { pinnedServer } from './pinned-server.ts';

/** A tool server whose tools take a `path`, a `body` and a `count`, each as its type. */
export const fileServer = (tools: readonly string[]): PinnedServer => {
  const properties = {
    path: { type: 'string' },
    body: { type: 'string' },
    count: { type: 'integer' },
  };
  const inputSchema = { type: 'object', properties };
  return {
    ...pinnedServer('files', []),
    tools: tools.map((name) => ({
      name,
      definition: { name, inputSchema },
      hash: 'a'.repeat(64),
    })),
    capabilities: { tools: {}, resources: {}, prompts: {} },
    prompts: [{ name: 'triage', definition: { name: 'triage' }, hash: 'b'.repeat(64) }],
  };
};

/** What a use is recorded as. */
export interface RecordedWish {
  readonly subject?: string;
  readonly client?: string;
  readonly session?: SessionId;
  readonly args?: JsonObject;
  readonly mode?: ArgumentsMode;
  readonly secrets?: readonly string[];
}

/** Decides a use as things are, and writes the event a broker writes: an intent, or a refusal. */
export async function record(
  { context, state }: FakeAdmin,
  target: UseTarget,
  wish: RecordedWish = {},
): Promise<AuditEvent> {
  const { subject = 'alice', client, session = 'ses_1', args = {}, mode = 'redacted' } = wish;
  const asker = { subject, sessionId: session, ...(client === undefined ? {} : { client }) };
  const request = target.kind === 'tool' || target.kind === 'prompt' ? { ...target, args } : target;
  const decision = decide(await currentPolicy(context, subject), asker, request, state.now);
  const key = await context.keys.digestKey();
  const recording: Recording = {
    clock: context.clock,
    argumentsMode: () => mode,
    redact: (value) => redactArguments(value, mode, wish.secrets ?? []),
    hmac: (value) => hmacJson(key, value),
    digest: (value) => ({ hmac: hmacJson(key, value), bytes: 1 }),
    scrub: (value) => value,
    sizeOf: () => 1,
  };
  const incoming = {
    principal: { sessionId: session, subject, ...(client === undefined ? {} : { client }) },
    origin: { transport: 'stdio' },
    revision: '2025-11-25',
    request: { id: 1, method: METHODS[target.kind] },
  } as unknown as IncomingRequest;
  const use = { target, method: METHODS[target.kind], args, trace: undefined };
  const events = callEvents(incoming, use, recording);
  return state.append(
    decision.kind === 'permit' ? events.intent(decision) : events.refused(decision),
  );
}

const METHODS: Readonly<Record<UseTarget['kind'], string>> = {
  tool: 'tools/call',
  prompt: 'prompts/get',
  resource: 'resources/read',
  template: 'completion/complete',
  server: 'prompts/list',
};

/** Writes the outcome of an intent. */
export const recordOutcome = (
  { state }: FakeAdmin,
  intent: AuditEvent,
  outcome: 'ok' | 'withheld' = 'ok',
): AuditEvent =>
  state.append({
    code: 'TG1002',
    session: intent.session as IntentReceipt['sessionId'],
    subject: intent.subject as string,
    intent: intent.seq,
    outcome,
    ...(outcome === 'ok' ? {} : { decision: 'deny', reason: 'halted' }),
  });

/** A tool of the file server. */
export const tool = (name: string): UseTarget => ({ kind: 'tool', server: 'files', tool: name });
