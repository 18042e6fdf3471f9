import type { SessionId } from './ids.ts';
import type { ToolRef } from './tool-ref.ts';

declare const receiptBrand: unique symbol;

/**
 * Proof that a permitted call's intent is durable. Only `admit/` mints one, and a tool server takes
 * nothing else: no intent, no dispatch, checked by the compiler.
 */
export interface IntentReceipt {
  readonly [receiptBrand]: true;
  /** The intent's sequence number in the audit chain. */
  readonly seq: number;
  /** The epoch the intent was admitted at. */
  readonly epoch: number;
  readonly sessionId: SessionId;
  readonly subject: string;
  readonly ref: ToolRef;
  /** SHA-256 (hex) of the definition that was permitted. The live one must equal it. */
  readonly definitionHash: string;
}
