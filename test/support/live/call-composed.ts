import type { OpenState } from '../../../src/compose.ts';
import type { ComposedBroker } from '../../../src/compose-broker.ts';
import { REVISION_2025 } from '../../../src/domain/era.ts';
import type { Principal } from '../../../src/domain/principal.ts';
import { callOf } from './race.ts';

/** Calls a tool of the controlled tool server's through a broker in this process. */
export const callComposed = (
  { broker }: ComposedBroker,
  principal: Principal,
  tool: string,
  id: string = tool,
) =>
  broker.handle({
    principal,
    origin: { transport: 'stdio' },
    era: '2025',
    revision: REVISION_2025,
    clientCapabilities: {},
    request: { jsonrpc: '2.0', ...callOf(id, `s__${tool}`) },
    signal: new AbortController().signal,
    notify: () => {},
  });

/** How such a call ended: `done`, or the newest reason for which one of its session was refused. */
export async function endOfCall(
  state: OpenState,
  broker: ComposedBroker,
  principal: Principal,
  tool: string,
): Promise<string> {
  const reply = await callComposed(broker, principal, tool);
  if (reply.kind === 'result' && reply.result.isError !== true) return 'done';
  const of = { code: 'TG1003', session: principal.sessionId, newest: true, limit: 1 } as const;
  return (await state.stores.events.query(of))[0]?.reason ?? 'nothing recorded';
}
