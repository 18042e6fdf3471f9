import { newSessionId, type SessionId } from '../../../src/domain/ids.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { MonitoredResult, MonitoredUse } from '../../../src/monitor/monitored.ts';

let drawn = 0;

/** A session of its own. */
export const anotherSession = (): SessionId => {
  drawn += 1;
  const number = drawn;
  return newSessionId((size) =>
    // A letter of an id holds five bits.
    Uint8Array.from({ length: size }, (_, i) => (number >> (5 * (i % 6))) & 31),
  );
};

/** A permitted use of `s/read`, and whatever is said of it besides. */
export const monitoredUse = (more: Partial<MonitoredUse> = {}): MonitoredUse => ({
  session: anotherSession(),
  subject: 'alice',
  at: 1_000_000,
  grant: 'g',
  thing: 's/read',
  server: 's',
  tool: 'read',
  args: {},
  purpose: 'testing',
  labels: [],
  isReadOnly: false,
  isWriting: false,
  isFlowAllowed: false,
  argsBytes: 10,
  place: 'stdio here',
  ...more,
});

/** A result of a call, as inspection leaves it when it finds nothing. */
export const monitoredResult = (
  result: Json,
  call: number,
  more: Partial<MonitoredResult> = {},
): MonitoredResult => ({
  at: 1_000_000,
  call,
  labels: [],
  hasOrders: false,
  hasSecrets: false,
  result,
  ...more,
});
