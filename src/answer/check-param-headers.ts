import { requestFields, targetFields } from '../audit/call-events.ts';
import { disagreeingParamHeader } from '../authorize/param-headers.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import { headerMismatch } from '../respond/rpc-errors.ts';
import type { Answering } from './answering.ts';
import type { Use } from './use.ts';

/**
 * Which of the `Mcp-Param-*` headers of a permitted tool call says something else than its arguments.
 *
 * @returns `undefined` when they agree, or there is nothing to compare.
 */
export function findMismatch(
  { paramHeaders }: IncomingRequest,
  { target, args }: Use,
  broker: Answering,
): string | undefined {
  if (paramHeaders === undefined || target.kind !== 'tool') return undefined;
  const tool = broker.catalog.view().servers.get(target.server)?.tools?.get(target.tool);
  return disagreeingParamHeader(tool?.inputSchema, args, paramHeaders);
}

/** Refuses a tool call for such a header, recorded. */
export async function refuseMismatch(
  header: string,
  incoming: IncomingRequest,
  { target, method }: Use,
  broker: Answering,
): Promise<RpcReply> {
  await broker.refusals.refused({
    ...requestFields(incoming),
    ...targetFields(target),
    code: 'TG1004',
    method,
    decision: 'deny',
    reason: 'header_mismatch',
  });
  return { kind: 'error', error: headerMismatch(`Mcp-Param-${header}`) };
}
