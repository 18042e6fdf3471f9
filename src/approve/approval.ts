import type { RuleRef } from '../domain/decision.ts';
import type { ApprovalId, SessionId } from '../domain/ids.ts';
import type { JsonObject } from '../domain/json.ts';

/** How long one waits, milliseconds; never beyond its session. */
export const PENDING_LIFE_MS = 60 * 60_000;
/** How long an approval may be used, or a denial holds, from when it was said, milliseconds. */
export const SETTLED_LIFE_MS = 60 * 60_000;
/** Approvals a session may have waiting. */
export const MAX_PENDING = 20;
/** Approvals a session may ask for within an hour, whatever became of them. */
export const MAX_ASKED_PER_HOUR = 100;
/** Bytes of sealed arguments that a session may have waiting: one large call, or many ordinary ones. */
export const MAX_PENDING_BYTES = 5 * 1024 * 1024;

/** As stored. `used`: one use was admitted under it, and none ever is again. */
export type ApprovalState = 'pending' | 'approved' | 'denied' | 'used';

/** Who said yes or no: an admin's command, or the person at the client, as the client says. */
export type SettledBy = 'admin' | 'client';

/** What is to be approved: one exact use, by one session, under one revision of one rule. */
export interface ApprovalSubject {
  readonly session: SessionId;
  readonly subject: string;
  readonly client?: string;
  readonly server: string;
  readonly kind: 'tool' | 'prompt' | 'resource';
  /** Name of the tool or prompt, URI of the resource. */
  readonly name: string;
  readonly method: string;
  /** SHA-256 (hex) of the pinned definition, for what has one. */
  readonly definitionHash?: string;
  readonly rule: Pick<RuleRef, 'grant' | 'revision' | 'index' | 'file' | 'line'>;
}

/** An approval as stored. */
export interface ApprovalRecord extends ApprovalSubject {
  readonly id: ApprovalId;
  /** HMAC over everything it is bound to. */
  readonly digest: string;
  readonly state: ApprovalState;
  /** What goes to the tool server, sealed; gone once it is settled or over. */
  readonly sealed?: Uint8Array;
  /** Epoch milliseconds. */
  readonly requestedAt: number;
  /** Epoch milliseconds: until then it waits, may be used, or denies. */
  readonly expiresAt: number;
  readonly settledAt?: number;
  readonly settledBy?: SettledBy;
  /** The intent it was used for. */
  readonly usedSeq?: number;
}

/** Why one that is stored as pending or approved is good for nothing any more. */
export type VoidReason =
  /** Its session is over or suspended. */
  | 'session_over'
  /** Its grant was changed, revoked or has expired. */
  | 'grant_changed'
  /** What it is about is defined otherwise now, or was taken out. */
  | 'definition_changed';

/** An approval, and what else is to be said of it now. */
export interface ApprovalView {
  readonly approval: ApprovalRecord;
  readonly void?: VoidReason;
}

/**
 * What would be sent but the name of what is used, which is shown by itself. Attack: a member that is the
 * name of something else, such as `uri` in a call of a tool, goes along unseen.
 */
export function besidesName(kind: ApprovalSubject['kind'], sent: JsonObject): JsonObject {
  const nameKey = kind === 'resource' ? 'uri' : 'name';
  return Object.fromEntries(Object.entries(sent).filter(([key]) => key !== nameKey));
}

/** What to call the state an approval is in at `now` (epoch milliseconds). */
export function approvalStateAt(
  { approval, void: why }: ApprovalView,
  now: number,
): ApprovalState | 'expired' | 'void' {
  const { state, expiresAt } = approval;
  if (state === 'used' || state === 'denied') return state;
  if (now >= expiresAt) return 'expired';
  return why === undefined ? state : 'void';
}
