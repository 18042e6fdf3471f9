import type { SessionId } from '../domain/ids.ts';
import type { Label } from '../domain/label.ts';
import type { DenyReason } from '../domain/reasons.ts';

/** Whose use it is. */
export interface Whose {
  readonly session: SessionId;
  readonly subject: string;
  /** Profile name of the client; absent for tokens that name none. */
  readonly client?: string;
}

/** A permitted use before it is admitted, as the monitor sees it. Never arguments or results. */
export interface MonitoredUse extends Whose {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The grant whose permit it stands on. */
  readonly grant: string;
  /** What is used: `server/tool`, or with its kind, `prompt:server/name`. */
  readonly thing: string;
  readonly labels: readonly Label[];
  /** Whether it changes something, as far as is known. */
  readonly isWriting: boolean;
  /** Whether its rule lets data flow out whatever was read. */
  readonly isFlowAllowed: boolean;
  /** UTF-8 bytes of its arguments. */
  readonly argsBytes: number;
  /** Where it comes from: transport and remote address. */
  readonly place: string;
  /** What the client calls itself; unverified. */
  readonly clientName?: string;
}

/** What inspection found in a result that is about to be released. */
export interface MonitoredResult {
  readonly at: number;
  readonly labels: readonly Label[];
  readonly hasOrders: boolean;
}

/** A use that was refused. */
export interface MonitoredRefusal extends Whose {
  readonly at: number;
  readonly thing: string;
  readonly reason: DenyReason;
}
