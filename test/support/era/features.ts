import type { EraClient, Seen } from './era-client.ts';
import type { Message } from './wire.ts';

/** What a client saw of every feature, by the feature's name. */
export type Transcript = Readonly<Record<string, unknown>>;

/** How a face names tools and prompts. */
export interface Names {
  shown(own: string): string;
  own(shown: string): string;
}

/** Calls that need nothing but arguments. */
const CALLS: Readonly<Record<string, readonly [string, Message]>> = {
  'a text': ['test_simple_text', {}],
  'an image': ['test_image_content', {}],
  'a sound': ['test_audio_content', {}],
  'an embedded resource': ['test_embedded_resource', {}],
  'several contents': ['test_multiple_content_types', {}],
  'a link to a resource': ['test_resource_link', {}],
  'structured content': ['test_structured', { n: 21 }],
  'a tool error': ['test_error_handling', {}],
  'a JSON-RPC error': ['test_protocol_error', {}],
  'an unknown tool': ['test_no_such_tool', {}],
  'mirrored arguments': ['test_x_mcp_header', { region: 'us-west1', count: 7 }],
  progress: ['test_tool_with_progress', {}],
  'elicitation, form': ['test_elicitation', { message: 'Who are you?' }],
  'elicitation, defaults': ['test_elicitation_sep1034_defaults', {}],
  'elicitation, choices': ['test_elicitation_sep1330_enums', {}],
  'elicitation, url': ['test_url_elicitation', {}],
  sampling: ['test_sampling', { prompt: 'Say something' }],
  roots: ['test_list_roots', {}],
  'several questions at once': ['test_input_required_result_multiple_inputs', {}],
  'one question after another': ['test_input_required_result_multi_round', {}],
  'a question with a state': ['test_input_required_result_request_state', {}],
};

/** Asks again until there is an answer; `undefined` after 10 s, so that what is missing shows as a difference. */
async function soon<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T | undefined> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return undefined;
}

/** Uses every feature of the fixture once. */
export async function useEverything(client: EraClient, names: Names): Promise<Transcript> {
  const seen: Record<string, unknown> = {};
  const call = (tool: string, args: Message = {}, meta: Message = {}): Promise<Seen> =>
    client.ask('tools/call', { name: names.shown(tool), arguments: args }, meta);

  seen.handshake = await client.start();
  for (const [method, member] of [
    ['tools/list', 'tools'],
    ['prompts/list', 'prompts'],
    ['resources/list', 'resources'],
    ['resources/templates/list', 'resourceTemplates'],
  ] as const) {
    seen[method] = await wholeList(client, method, member, names);
  }
  for (const [feature, [tool, args]] of Object.entries(CALLS)) {
    seen[feature] = await call(tool, args);
  }

  await client.ask('logging/setLevel', { level: 'warning' });
  const level = { 'io.modelcontextprotocol/logLevel': 'warning' };
  seen.logging = await call('test_logging_tool', {}, level);

  const get = (prompt: string, args: Message = {}): Promise<Seen> =>
    client.ask('prompts/get', { name: names.shown(prompt), arguments: args });
  seen['a prompt'] = await get('test_simple_prompt');
  seen['a prompt with arguments'] = await get('test_prompt_with_arguments', {
    arg1: 'a',
    arg2: 'b',
  });
  seen['a prompt with a resource'] = await get('test_prompt_with_embedded_resource', {
    resourceUri: 'test://static-text',
  });
  seen['a prompt with an image'] = await get('test_prompt_with_image');
  seen['a prompt that asks'] = await get('test_input_required_result_prompt');
  seen['an unknown prompt'] = await get('test_no_such_prompt');

  const read = (uri: string): Promise<Seen> => client.ask('resources/read', { uri });
  seen['a text resource'] = await read('test://static-text');
  seen['a binary resource'] = await read('test://static-binary');
  seen['a resource of a template'] = await read('test://template/7/data');
  seen['an unknown resource'] = await read('test://no-such-resource');

  const complete = (ref: Message, argument: Message, more: Message = {}): Promise<Seen> =>
    client.ask('completion/complete', { ref, argument, ...more });
  const prompt = { type: 'ref/prompt', name: names.shown('test_prompt_with_arguments') };
  seen['completion of a prompt'] = await complete(prompt, { name: 'arg1', value: 'par' });
  seen['completion with context'] = await complete(
    prompt,
    { name: 'arg2', value: 'par' },
    { context: { arguments: { arg1: 'park' } } },
  );
  const template = { type: 'ref/resource', uri: 'test://template/{id}/data' };
  seen['completion of a template'] = await complete(template, { name: 'id', value: '1' });

  const cancelled = { name: names.shown('test_until_cancelled'), arguments: {} };
  seen.cancellation = await client.askAndCancel('tools/call', cancelled);
  seen['what the tool server heard of it'] = await soon(async () => {
    const { result } = await call('test_cancellations');
    return result?.content[0].text === '0' ? undefined : result?.content;
  });

  seen.subscriptions = await client.listen(['test://watched-resource']);
  const news = async (trigger: () => Promise<Seen>): Promise<readonly Message[]> => {
    client.takeNews();
    const { error } = await trigger();
    if (error !== undefined) return [{ error }];
    const heard = await soon(() => {
      const news = client.takeNews();
      return news.length > 0 ? news : undefined;
    });
    return heard ?? [];
  };
  const touch = () => call('test_touch_resource', { uri: 'test://watched-resource' });
  seen['news of a resource'] = await news(touch);
  for (const [kind, list, member] of [
    ['tool', 'tools/list', 'tools'],
    ['prompt', 'prompts/list', 'prompts'],
    ['resource', 'resources/list', 'resources'],
  ] as const) {
    seen[`news of the ${kind}s`] = await news(() => call(`test_trigger_${kind}_change`));
    const without = await wholeList(client, list, member, names);
    seen[`the ${kind}s after it`] = without.items.map((item) => item.uri ?? item.name);
    seen[`news of the ${kind}s again`] = await news(() => call(`test_trigger_${kind}_change`));
  }
  await client.leave('test://watched-resource');
  seen['no news of a resource that was left'] = await news(async () => {
    await touch();
    return call('test_trigger_tool_change');
  });
  return seen;
}

/** A list over all its pages, names as the tool server says them. */
async function wholeList(
  client: EraClient,
  method: string,
  member: string,
  names: Names,
): Promise<{ readonly items: readonly Message[]; readonly error?: Message }> {
  const items: Message[] = [];
  let cursor: string | undefined;
  do {
    const { result, error } = await client.ask(method, cursor === undefined ? {} : { cursor });
    if (result === undefined) return { items, ...(error === undefined ? {} : { error }) };
    for (const item of result[member]) {
      const isNamed = member === 'tools' || member === 'prompts';
      items.push(isNamed ? { ...item, name: names.own(item.name) } : item);
    }
    cursor = result.nextCursor;
  } while (cursor !== undefined);
  const key = (item: Message): string => item.uri ?? item.uriTemplate ?? item.name;
  return { items: items.sort((a, b) => (key(a) < key(b) ? -1 : 1)) };
}
