import { requestFields, targetFields } from '../audit/call-events.ts';
import { disagreeingParamHeader } from '../authorize/param-headers.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import { member } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import { headerMismatch } from '../respond/rpc-errors.ts';
import type { Answering } from './answering.ts';
import type { Use } from './use.ts';

/**
 * Refuses a permitted tool call whose `Mcp-Param-*` headers say something else than its arguments.
 *
 * @returns `undefined` when they agree, or there is nothing to compare.
 */
export async function refuseParamHeaders(
  incoming: IncomingRequest,
  { target, args, method }: Use,
  broker: Answering,
): Promise<RpcReply | undefined> {
  const { paramHeaders } = incoming;
  if (paramHeaders === undefined || target.kind !== 'tool') return undefined;
  const pinned = broker.catalog.view().pinned.get(target.server);
  const tool = pinned?.tools.find(({ name }) => name === target.tool);
  const schema = member(tool?.definition, 'inputSchema');
  const header = disagreeingParamHeader(schema, args, paramHeaders);
  if (header === undefined) return undefined;
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
