import type { SessionId } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';
import type { Label } from '../domain/label.ts';
import type { DenyReason } from '../domain/reasons.ts';

/** Whose use it is. */
export interface Whose {
  readonly session: SessionId;
  readonly subject: string;
  /** Profile name of the client; absent for tokens that name none. */
  readonly client?: string;
}

/** A permitted use before it is admitted, as the monitor sees it. Of its arguments it keeps keyed digests. */
export interface MonitoredUse extends Whose {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The grant whose permit it stands on. */
  readonly grant: string;
  /** What is used: `server/tool`, or with its kind, `prompt:server/name`. */
  readonly thing: string;
  readonly server: string;
  /** The tool's own name; absent for a prompt or resource. */
  readonly tool?: string | undefined;
  /** What it is used with. */
  readonly args: Json;
  /** What the grant is for, as it was written. */
  readonly purpose: string;
  readonly labels: readonly Label[];
  /** Whether the definition that was approved says that it only reads. */
  readonly isReadOnly: boolean;
  /** Whether it changes something, as far as is known. */
  readonly isWriting: boolean;
  /** Whether its rule lets data flow out whatever was read. */
  readonly isFlowAllowed: boolean;
  /** UTF-8 bytes of its arguments. */
  readonly argsBytes: number;
  /** Where it comes from: transport and remote address. */
  readonly place: string;
  /** What the client calls itself; unverified. */
  readonly clientName?: string | undefined;
}

/** A result that is about to be released, and what inspection found in it. */
export interface MonitoredResult {
  readonly at: number;
  /** Sequence number of the intent it answers. */
  readonly call: number;
  readonly labels: readonly Label[];
  readonly hasOrders: boolean;
  readonly hasSecrets: boolean;
  /** What the client is told. */
  readonly result?: Json;
  /** It is what its person chose to say, as a prompt is, but for what the tool server put into it. */
  readonly isChosen?: boolean;
}

/** A use that was refused. */
export interface MonitoredRefusal extends Whose {
  readonly at: number;
  readonly thing: string;
  readonly reason: DenyReason;
}
