import type { GrantChange } from '../authorize/grant-store.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent } from '../domain/event.ts';
import { stringMember } from '../domain/json.ts';
import type { ClientOf } from '../monitor/monitor-store.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';
import { grantEvent, grantIdEvent } from './grant-event.ts';
import { explainSignal } from './monitor-status.ts';

/** What was undone, and how far the word has reached. */
export interface Undone {
  readonly contained: AuditEvent;
  /** The session that may be used again. */
  readonly resumed?: string;
  /** The grant that is in force again, as it was. */
  readonly reinstated?: string;
  readonly drain: DrainReport;
}

/**
 * Undoes what the monitor did about a signal: the session is resumed, the grant it revoked is in force
 * again as it was, and brokers let go of what they held against the session. What somebody else revoked
 * or suspended since stays so where it is no session or grant of this.
 *
 * @throws BrokerError `ERR_NOT_FOUND` for an event that is no containment, `ERR_GRANT` when the grant was
 * changed since, `ERR_NOT_COMMITTED`, `ERR_UNREACHABLE`.
 */
export async function undoContainment(context: AdminContext, seq: number): Promise<Undone> {
  const { contained } = await explainSignal(context, seq);
  if (contained === undefined) {
    throw new BrokerError('ERR_NOT_FOUND', `nothing was done about event ${seq}`, {
      hint: 'it was only recorded',
    });
  }
  const step = stringMember(contained.detail ?? null, 'step');
  const grant = stringMember(contained.detail ?? null, 'grant');
  const signal = stringMember(contained.detail ?? null, 'signal');
  const reinstated =
    step === 'suspend_grant' && grant !== undefined ? await reinstate(context, grant) : undefined;
  const resumed = step?.startsWith('suspend_') ? await resume(context, contained) : undefined;
  await context.admission.record({
    code: 'TG9003',
    actor: context.actor,
    ...(contained.session === undefined ? {} : { session: contained.session }),
    ...(contained.subject === undefined ? {} : { subject: contained.subject }),
    ...(contained.client === undefined ? {} : { client: contained.client }),
    detail: { undoes: contained.seq, ...(signal === undefined ? {} : { signal }) },
  });
  return {
    contained,
    ...(resumed === undefined ? {} : { resumed }),
    ...(reinstated === undefined ? {} : { reinstated }),
    drain: await drainBrokers(context),
  };
}

async function resume(
  { sessions, actor }: AdminContext,
  { session, subject }: AuditEvent,
): Promise<string | undefined> {
  if (session === undefined) return undefined;
  const event = { code: 'TG2012', actor, session, ...(subject && { subject }) } as const;
  const before = await sessions.resume(session, event);
  return before?.state === 'suspended' ? session : undefined;
}

async function reinstate(context: AdminContext, id: string): Promise<string | undefined> {
  const all = await context.grants.all();
  const record = all.find((grant) => grant.id === id);
  if (record?.revokedAt === undefined) return undefined;
  const { revision: _, file, appliedAt: __, revokedAt: ___, ...document } = record;
  const changes: readonly GrantChange[] = [
    { kind: 'reinstate', id, event: grantIdEvent(context, 'TG3004', record) },
    {
      kind: 'put',
      document,
      file,
      event: grantEvent(context, 'TG3001', document, file, []),
    },
  ];
  await context.grants.change(changes, context.clock.now(), all);
  return id;
}

/**
 * Has the monitor forget what a client read, or what it learnt of a grant, in every broker.
 *
 * @throws BrokerError `ERR_NOT_COMMITTED`, `ERR_UNREACHABLE`.
 */
export async function forget(
  context: AdminContext,
  what: ClientOf | { readonly grant: string },
): Promise<DrainReport> {
  await context.monitor.forget(what);
  await context.admission.record({
    code: 'TG9003',
    actor: context.actor,
    ...('subject' in what ? { subject: what.subject } : {}),
    detail: { forgot: { ...what } },
  });
  return drainBrokers(context);
}
