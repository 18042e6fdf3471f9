import { type PromptRef, splitExposedName } from '../catalog/exposed-name.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import { isJsonObject, member } from '../domain/json.ts';
import type { Answering } from './answering.ts';
import { narrowCompletion } from './narrow-completion.ts';
import { NOTHING, readParams, type Use } from './use.ts';

/**
 * Reads a `prompts/get`: finds the prompt behind the name the client wrote, as a tool call does.
 *
 * @throws BrokerError when the catalog cannot be read.
 */
export function readPromptGet(incoming: IncomingRequest, broker: Answering): Use {
  const params = incoming.request.params ?? {};
  const name = member(params, 'name');
  const askedName = typeof name === 'string' ? name : '';
  const ref = findPrompt(askedName, incoming.onlyServer, broker);
  const args = member(params, 'arguments') ?? {};
  const read = readParams(params);
  return {
    ...read,
    target: { kind: 'prompt', ...ref, args },
    method: 'prompts/get',
    params: { ...read.params, name: ref.prompt },
    args,
    refused: { kind: 'prompt', name: askedName },
  };
}

/** The prompt behind a name that a client wrote. */
export function findPrompt(
  name: string,
  onlyServer: string | undefined,
  broker: Answering,
): PromptRef {
  if (onlyServer !== undefined) return { server: onlyServer, prompt: name };
  const { promptNames, pinned } = broker.catalog.view();
  const found = promptNames.resolve(name);
  if (found !== undefined) return found;
  const split = splitExposedName(name);
  if (split === undefined) return { server: NOTHING, prompt: name };
  const { server, tool: prompt } = split;
  // A pinned prompt has its exposed name alone; any other is decided, and denied, as what it says.
  const isPinned = pinned.get(server)?.prompts.some((item) => item.name === prompt) ?? false;
  return isPinned ? { server: NOTHING, prompt: name } : { server, prompt };
}

/**
 * Reads a `completion/complete`: the right to it is the right to the prompt or resource template whose
 * argument is completed, and of a template's values those are given that could be read. What the
 * argument holds so far is what the audit keeps.
 *
 * @throws BrokerError when the catalog cannot be read.
 */
export function readCompletion(incoming: IncomingRequest, broker: Answering): Use {
  const params = incoming.request.params ?? {};
  const read = readParams(params);
  const named = member(params, 'ref');
  const ref = isJsonObject(named) ? named : {};
  const common = {
    ...read,
    method: 'completion/complete',
    args: { argument: member(params, 'argument') ?? {}, context: member(params, 'context') ?? {} },
  };
  if (member(ref, 'type') === 'ref/resource') {
    const uri = member(ref, 'uri');
    const template = typeof uri === 'string' ? uri : '';
    const server = findTemplateServer(template, incoming, broker);
    return {
      ...common,
      target: { kind: 'template', server, template },
      refused: { kind: 'template', template },
      narrow: narrowCompletion(server, template, params),
    };
  }
  const name = member(ref, 'name');
  const askedName = typeof name === 'string' ? name : '';
  // A reference of a kind nobody knows is to nothing that could be granted.
  const { server, prompt } =
    member(ref, 'type') === 'ref/prompt'
      ? findPrompt(askedName, incoming.onlyServer, broker)
      : { server: NOTHING, prompt: askedName };
  return {
    ...common,
    target: { kind: 'prompt', server, prompt },
    params: { ...read.params, ref: { ...ref, name: prompt } },
    refused: { kind: 'prompt', name: askedName },
  };
}

/**
 * The first server that has a template and of which it is granted, in the order of the configuration;
 * when there is none, the first that has it, for the audit.
 *
 * Attack: telling by the time of an answer whether somebody else's server has a template. Every server
 * is asked about, so that what exists costs no more than what does not.
 */
function findTemplateServer(
  template: string,
  { onlyServer, principal }: IncomingRequest,
  broker: Answering,
): string {
  if (onlyServer !== undefined) return onlyServer;
  const { pinned, servers } = broker.catalog.view();
  const decide = broker.decider(principal);
  const permitted = [...servers.keys()].filter(
    (server) => decide({ kind: 'template', server, template }).kind === 'permit',
  );
  const has = (server: string): boolean =>
    pinned.get(server)?.templates.some(({ name }) => name === template) ?? false;
  return permitted[0] ?? [...servers.keys()].find(has) ?? NOTHING;
}
