import { type Json, type JsonObject, member } from '../../../src/domain/json.ts';
import { ACCEPTED, CAN_BE_ASKED } from './asking-servers.ts';
import type { WholeServer } from './whole-servers.ts';
import { type Asking, WholeWorld } from './whole-world.ts';

/** Alice's rules, unless told otherwise: the tools of `s`, and what it may ask of people. */
export const ASK_RULES = ['permit: s/*', 'permit: ask:s/elicitation'];
/** What her call comes to once everything is answered. */
export const TEXT = { content: [{ type: 'text', text: 's answers tools/call' }] };

const CALL = { name: 's__read', arguments: { a: 1 } };

/** A world of one tool server, `s`, that asks. Nothing recorded or sent before counts. */
export async function openAsking(
  server: WholeServer,
  rules: readonly string[] = ASK_RULES,
): Promise<WholeWorld> {
  const world = await WholeWorld.open({ s: server }, ['hunter-2-secret']);
  await world.grant('alice', rules);
  await world.ask('alice', 'tools/list');
  await world.requests();
  world.servers.reached.length = 0;
  return world;
}

/** Alice calls, as a client that can be asked everything unless told otherwise. */
export const callRead = (world: WholeWorld, how: Asking, params: JsonObject = {}) =>
  world.ask('alice', 'tools/call', { ...CALL, ...params }, { capabilities: CAN_BE_ASKED, ...how });

/** A 2026 client: calls, answers what it is asked, and calls again. */
export async function callAnswering(
  world: WholeWorld,
  answer: JsonObject = ACCEPTED,
  rounds = 1,
): Promise<JsonObject> {
  let more: JsonObject = {};
  for (let round = 0; ; round += 1) {
    const reply = await callRead(world, { era: '2026' }, more);
    if (reply.kind !== 'result') throw new Error(JSON.stringify(reply));
    if (round === rounds) return reply.result;
    more = bringing(reply.result, answer);
  }
}

/** What the call is made again with. */
export function bringing(result: JsonObject, answer: JsonObject = ACCEPTED): JsonObject {
  const keys = Object.keys(member(result, 'inputRequests') ?? {});
  const inputResponses = Object.fromEntries(keys.map((key): [string, Json] => [key, answer]));
  const requestState = member(result, 'requestState');
  return { inputResponses, ...(requestState === undefined ? {} : { requestState }) };
}
