import type { UseTarget } from '../domain/access-request.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { EventDraft } from '../domain/event.ts';
import { plainText } from './plain-text.ts';
import type { Attributes } from './span.ts';

/** `network.transport` by how a message travels. */
export const transportOf = (transport: 'stdio' | 'http' | 'cli'): string =>
  transport === 'http' ? 'tcp' : 'pipe';

/** `execute_tool` for a tool call, by the conventions for GenAI. */
const operation = (method: string): Attributes =>
  method === 'tools/call' ? { 'gen_ai.operation.name': 'execute_tool' } : {};

/**
 * What the span of a client's request says from the start. Of ids the session's, which opens nothing, and
 * a request's that is a number: a text is the client's to choose, and could say anything.
 *
 * @param method one we know, or `_OTHER`.
 */
export const requestAttributes = (
  { principal, origin, revision, request }: IncomingRequest,
  method: string,
): Attributes => ({
  'mcp.method.name': method,
  ...operation(method),
  ...(/^\d{4}-\d{2}-\d{2}$/.test(revision) ? { 'mcp.protocol.version': revision } : {}),
  'network.transport': transportOf(origin.transport),
  ...(origin.transport === 'http' ? { 'network.protocol.name': 'http' } : {}),
  ...(Number.isSafeInteger(request.id) ? { 'jsonrpc.request.id': String(request.id) } : {}),
  'toolgrant.session.id': principal.sessionId,
});

/** What the span of the hop to a tool server says. */
export const hopAttributes = (hop: {
  readonly server: string;
  readonly target: UseTarget;
  readonly method: string;
  readonly revision: string;
  readonly transport: 'stdio' | 'http';
  readonly seq: number;
}): Attributes => ({
  'mcp.method.name': hop.method,
  ...operation(hop.method),
  ...nameAttributes(namesOf(hop.target)),
  'mcp.protocol.version': plainText(hop.revision),
  'network.transport': transportOf(hop.transport),
  ...(hop.transport === 'http' ? { 'network.protocol.name': 'http' } : {}),
  'toolgrant.server': hop.server,
  'toolgrant.audit.seq': hop.seq,
});

/** The low-cardinality name of what is used: a tool's or prompt's. */
interface Names {
  readonly tool?: string | undefined;
  readonly prompt?: string | undefined;
}

/** What a target is called; a resource's URI is high in cardinality, and could hold anything. */
export const namesOf = (target: UseTarget): Names => {
  if (target.kind === 'tool') return { tool: target.tool };
  return target.kind === 'prompt' ? { prompt: target.prompt } : {};
};

/** What names it. */
export const nameAttributes = ({ tool, prompt }: Names): Attributes => ({
  ...(tool === undefined ? {} : { 'gen_ai.tool.name': plainText(tool) }),
  ...(prompt === undefined ? {} : { 'gen_ai.prompt.name': plainText(prompt) }),
});

/** A span's name: the method, and what it is of. */
export const spanName = (method: string, { tool, prompt }: Names): string => {
  const name = tool ?? prompt;
  return name === undefined ? method : `${method} ${plainText(name)}`;
};

/** What became of a request, as its event says it. */
export const verdictAttributes = ({ decision, reason, outcome }: EventDraft): Attributes => ({
  ...(decision === undefined ? {} : { 'toolgrant.decision': decision }),
  ...(reason === undefined ? {} : { 'toolgrant.reason': reason }),
  ...(outcome === undefined ? {} : { 'toolgrant.outcome': outcome }),
});
