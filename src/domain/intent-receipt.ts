import type { UseTarget } from './access-request.ts';
import type { SessionId } from './ids.ts';

declare const receiptBrand: unique symbol;

/**
 * Proof that a permitted use's intent is durable. Only `admit/` mints one, and a tool server takes
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
  /** The MCP method that was permitted, as the tool server's era names it. */
  readonly method: string;
  readonly target: UseTarget;
  /** SHA-256 (hex) of the definition that was permitted, for what has one. The live one must equal it. */
  readonly definitionHash?: string | undefined;
  /** UTF-8 bytes of the result that may be released, also of a task that the use is made into. */
  readonly maxResultBytes?: number | undefined;
}
