// Tool servers that answer from recordings: over HTTP, so that the broker meets them as it meets any.
import { createServer } from 'node:http';

const TOOL_NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** What the tool servers of the recorded suites offer: what anybody called there, and it was there. */
export function offers(sessions) {
  const suites = new Map();
  for (const { suite, events } of sessions) {
    const tools = suites.get(suite) ?? new Set();
    suites.set(suite, tools);
    for (const { tool, error } of events) {
      if (error === undefined && TOOL_NAME.test(tool)) tools.add(tool);
    }
  }
  return suites;
}

/** A recorded result, as a tool server sends it. */
function resultOf({ result, error }) {
  const isError = error !== undefined;
  const said = isError ? error : (result ?? '');
  const text = typeof said === 'string' ? said : JSON.stringify(said);
  return { content: [{ type: 'text', text }], ...(isError ? { isError } : {}) };
}

/**
 * One HTTP server, with a tool server for each suite. Which call it is a request says by its trace id,
 * which the broker passes on as it came.
 */
export async function openToolServers(suites) {
  const waiting = new Map();
  const reached = new Set();
  const answers = {
    initialize: ({ protocolVersion }) => ({
      protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'recorded', version: '1.0.0' },
    }),
    'tools/list': (_, suite) => ({
      tools: [...(suites.get(suite) ?? [])]
        .sort()
        .map((name) => ({ name, inputSchema: { type: 'object' } })),
    }),
    'tools/call': ({ _meta }) => {
      const id = _meta?.traceparent;
      reached.add(id);
      return resultOf(waiting.get(id));
    },
  };
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part;
    const { id, method, params = {} } = JSON.parse(body);
    if (id === undefined) return response.writeHead(202).end();
    const answer = answers[method];
    const said =
      answer === undefined
        ? { error: { code: -32601, message: 'Method not found' } }
        : { result: answer(params, request.url.slice(1)) };
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ jsonrpc: '2.0', id, ...said }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  let calls = 0;
  return {
    url: (suite) => `http://127.0.0.1:${server.address().port}/${suite}`,
    /** Has a call answered from its recording; `done` says whether it came this far. */
    expect(event) {
      calls += 1;
      const traceparent = `00-${calls.toString(16).padStart(32, '0')}-${'1'.padStart(16, '0')}-01`;
      waiting.set(traceparent, event);
      return {
        traceparent,
        isReached: () => reached.has(traceparent),
        done() {
          waiting.delete(traceparent);
          reached.delete(traceparent);
        },
      };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
