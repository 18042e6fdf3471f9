import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHeaders } from '../../src/mcp-server/http-headers.ts';
import { runs } from '../support/runs.ts';

const NAMES = {
  host: 'Host',
  origin: 'Origin',
  authorization: 'Authorization',
  contentType: 'Content-Type',
  contentEncoding: 'Content-Encoding',
  protocolVersion: 'MCP-Protocol-Version',
  sessionId: 'Mcp-Session-Id',
  method: 'Mcp-Method',
  name: 'Mcp-Name',
  lastEventId: 'Last-Event-ID',
};

/** What Node makes of the same lines. */
function byNode(raw: readonly string[]): NodeJS.Dict<string[]> {
  const request = new IncomingMessage(new Socket());
  Reflect.apply(Reflect.get(request, '_addHeaderLines'), request, [raw, raw.length]);
  return request.headersDistinct;
}

describe('the headers of a request', () => {
  it('are as Node tells them apart, however they are written and however often sent', () => {
    const line = fc.tuple(
      fc.constantFrom(...Object.values(NAMES), 'Accept', 'X-Host', 'Mcp-Param-Region'),
      fc.constantFrom('as it is', 'lower', 'upper'),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const raw = lines.flatMap(([name, written, value]) => {
          if (written === 'lower') return [name.toLowerCase(), value];
          return [written === 'upper' ? name.toUpperCase() : name, value];
        });
        const { params, ...headers } = readHeaders(raw);
        const expected = byNode(raw);
        const region = expected['mcp-param-region'];
        for (const [key, name] of Object.entries(NAMES)) {
          expect(Reflect.get(headers, key)).toEqual(expected[name.toLowerCase()]);
        }
        expect([...params]).toEqual(region === undefined ? [] : [['region', region.join('\n')]]);
      }),
      runs(),
    );
  });
});
