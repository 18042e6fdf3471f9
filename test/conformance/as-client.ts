// The broker as the client of a tool server that the conformance tool plays: `as-client.ts URL`.
// Whatever the tool server lists is used once, or what the scenario says in its context.
import { EraClient } from '../support/era/era-client.ts';
import { type Message, StdioWire } from '../support/era/wire.ts';
import { Home, TOOLGRANT } from '../support/live/home.ts';
import { everythingOf } from './through-broker.ts';

const url = process.argv.at(-1);
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}') as Message;

const home = new Home({
  grants: { 'alice.yaml': everythingOf(['s']) },
  servers: () => ({ s: { type: 'http', url } }),
});
try {
  await home.applyGrants();
  const { token } = await home.open();
  const command = [process.execPath, TOOLGRANT, '--config', home.config, 'stdio'];
  const client = new EraClient('2026', new StdioWire(command, { TOOLGRANT_TOKEN: token }));
  await client.start();
  const list = async (method: string, member: string): Promise<readonly Message[]> =>
    (await client.ask(method)).result?.[member] ?? [];

  const tools = await list('tools/list', 'tools');
  const calls: readonly Message[] =
    context.toolCalls?.map((call: Message) => ({ ...call, name: `s__${call.name}` })) ??
    tools.map(({ name, inputSchema }) => ({
      name,
      arguments: someArguments(inputSchema, tools[0]?.inputSchema),
    }));
  for (const call of calls) await client.ask('tools/call', call);
  for (const { uri } of await list('resources/list', 'resources')) {
    await client.ask('resources/read', { uri });
  }
  for (const { name } of await list('prompts/list', 'prompts')) {
    await client.ask('prompts/get', { name });
  }
  await client.close();
} finally {
  await home.remove();
}

/** A value for whatever a tool demands; where it is a schema, the first one that was listed. */
function someArguments(schema: Message, first: Message): Message {
  const properties: Message = schema.properties ?? {};
  const example: Message = { string: 'x', integer: 1, number: 1, boolean: true, object: first };
  return Object.fromEntries(
    (schema.required ?? []).map((name: string) => [name, example[properties[name]?.type] ?? 'x']),
  );
}
