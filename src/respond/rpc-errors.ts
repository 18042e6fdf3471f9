import { type Era, REVISION_2026, REVISIONS_2025 } from '../domain/era.ts';
import type { Json } from '../domain/json.ts';
import type { RpcError, RpcReply } from '../domain/json-rpc.ts';

const error = (code: number, message: string): RpcError => ({ code, message });

/** The text could not be read as JSON. */
export const parseError = (): RpcError => error(-32700, 'Parse error');

/** JSON, but not a message we accept. `what` describes the shape, never the content. */
export const invalidRequest = (what: string): RpcError => error(-32600, `Invalid Request: ${what}`);

/** A method that does not exist, or that nobody is offered. */
export const methodNotFound = (): RpcError => error(-32601, 'Method not found');

/**
 * A tool that does not exist, for whatever reason: this one text for an unknown and for an ungranted
 * tool is what keeps a prober from telling them apart.
 *
 * @param name The name as the client wrote it.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/server/tools#error-handling
 */
export const unknownTool = (name: string): RpcError => error(-32602, `Unknown tool: ${name}`);

/**
 * A prompt that does not exist, for whatever reason.
 *
 * @param name The name as the client wrote it.
 */
export const unknownPrompt = (name: string): RpcError => error(-32602, `Unknown prompt: ${name}`);

/**
 * A resource that does not exist, for whatever reason.
 *
 * @param uri As the client wrote it.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#error-handling
 */
export const resourceNotFound = (uri: string, era: Era): RpcError => ({
  code: RESOURCE_NOT_FOUND[era],
  message: 'Resource not found',
  data: { uri },
});

/** What each era calls a resource that is not there. */
export const RESOURCE_NOT_FOUND: Readonly<Record<Era, number>> = { '2025': -32002, '2026': -32602 };

/**
 * A resource template that does not exist, for whatever reason.
 *
 * @param template As the client wrote it.
 */
export const unknownTemplate = (template: string): RpcError =>
  error(-32602, `Unknown resource template: ${template}`);

/** A refusal that the model can act on, of what has no result to say it in. */
export const refusedParams = (text: string): RpcError => error(-32602, text);

/** A cursor, state or id that leads nowhere: one text, whatever is wrong with it. */
export const invalidParams = (): RpcError => error(-32602, 'Invalid params');

/** The client did not declare a capability that what it asks for takes. Sent with HTTP 400. */
export const capabilityMissing = (requiredCapabilities: Json): RpcError => ({
  code: -32021,
  message: 'Missing required client capability',
  data: { requiredCapabilities },
});

/** Broken machinery, without detail: the detail is in the audit and the log. */
export const internalError = (): RpcError => error(-32603, 'Internal error');

/** The headers of a 2026 request and its body disagree. Sent with HTTP 400. */
export const headerMismatch = (what: string): RpcError => error(-32020, `Header mismatch: ${what}`);

/** A revision nobody here speaks. Sent with HTTP 400. */
export const unsupportedRevision = (requested: string): RpcError => ({
  code: -32022,
  message: 'Unsupported protocol version',
  data: { supported: [REVISION_2026, ...REVISIONS_2025], requested },
});

/** Turns anything thrown on a request's way into what the client sees: nothing of it. */
export const failureReply = (_thrown: unknown): RpcReply => ({
  kind: 'error',
  error: internalError(),
});
