// A call that is one request, as somebody without a client makes it. Revisions before this one begin
// with `initialize` and go on in the session that opens.
const REVISION = '2026-07-28';

/** The headers and body of a call of `name`, but for the credential. */
export function firstCall(name, args) {
  const key = (of) => `io.modelcontextprotocol/${of}`;
  const _meta = {
    [key('protocolVersion')]: REVISION,
    [key('clientInfo')]: { name: 'curl', version: '1' },
    [key('clientCapabilities')]: {},
  };
  const params = { name, arguments: args, _meta };
  return {
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': REVISION,
      'Mcp-Method': 'tools/call',
      'Mcp-Name': name,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  };
}

/** The same as a command to paste, on lines of its own. */
export function curlCommand(url, token, { headers, body }) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const given = Object.entries({ Authorization: `Bearer ${token}`, ...headers });
  return [
    `curl -s ${url}`,
    ...given.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `-d ${quoted(body)}`,
  ].join(' \\\n    ');
}
