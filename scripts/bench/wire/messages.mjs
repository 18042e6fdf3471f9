// What the clients of the benchmark say, in both eras.

export const ERA_2026 = '2026-07-28';
export const ERA_2025 = '2025-11-25';

const clientInfo = { name: 'bench', version: '1.0.0' };
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': ERA_2026,
  'io.modelcontextprotocol/clientInfo': clientInfo,
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** Ids of one length, so that messages have one too. */
let lastId = 1_000_000;
export const lastIdTaken = () => lastId;

/** The text of a request under an id of its own. */
export function messageText(method, era, params = {}) {
  lastId += 1;
  const said =
    method === 'initialize'
      ? { protocolVersion: era, capabilities: {}, clientInfo }
      : { ...params, ...(era === ERA_2026 ? { _meta: ENVELOPE } : {}) };
  return JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params: said });
}

export const notificationText = JSON.stringify({
  jsonrpc: '2.0',
  method: 'notifications/initialized',
});
