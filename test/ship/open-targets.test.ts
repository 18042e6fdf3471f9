import {
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeIds } from '../../src/audit/place-id.ts';
import type { ShipTarget } from '../../src/audit/ship-events.ts';
import type { AuditEvent } from '../../src/domain/event.ts';
import type { EventFormat, ShipSpec } from '../../src/domain/ship-spec.ts';
import { findUnseen } from '../../src/domain/unseen.ts';
import { openShipTargets } from '../../src/ship/open-targets.ts';

const KEY = 'audit.ship[0]';
const never = new AbortController().signal;
const events = (from: number, to: number): readonly AuditEvent[] =>
  Array.from(
    { length: to - from + 1 },
    (_, at) => ({ seq: from + at, code: 'TG6001', at: 1, hash: 'h', chain: 'main' }) as never,
  );

function open(spec: ShipSpec): ShipTarget {
  const [target] = openShipTargets([spec], '1.2.3', placeIds(new Uint8Array(32)));
  if (target === undefined) throw new Error('no target');
  return target;
}

describe('a file', () => {
  let path: string;
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tg-ship-'));
    path = join(dir, 'events');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const file = (format: EventFormat = 'jsonl') => open({ kind: 'file', key: KEY, path, format });
  const lines = () => readFileSync(path, 'utf8').split('\n').slice(0, -1);

  it('is made for its owner alone, and appended to', async () => {
    expect(await file().newest?.()).toBeUndefined();
    await file().send(events(1, 2), never);
    await file().send(events(3, 3), never);
    expect(lines().map((line) => JSON.parse(line).seq)).toEqual([1, 2, 3]);
    expect(await file().newest?.()).toEqual({ seq: 3, hash: 'h' });
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it.each(['jsonl', 'ocsf'] as const)(
    'has each event once and whole wherever a process was killed as it wrote: %s',
    async (format) => {
      await file(format).send(events(1, 2), never);
      const before = statSync(path).size;
      await file(format).send(events(3, 4), never);
      const whole = readFileSync(path);
      for (let size = before; size <= whole.length; size += 7) {
        writeFileSync(path, whole);
        truncateSync(path, size);
        const newest = (await file(format).newest?.())?.seq ?? 0;
        if (newest < 4) await file(format).send(events(newest + 1, 4), never);
        expect(readFileSync(path)).toEqual(whole);
      }
    },
  );

  it.each(['jsonl', 'ocsf'] as const)(
    'has nothing in it that acts on a terminal: %s',
    async (format) => {
      const tool = 'a\u009b2Jb\u202ec\u2028d\u{e0041}';
      const [event] = events(1, 1);
      await file(format).send([{ ...event, tool } as AuditEvent], never);
      expect([...findUnseen(lines().join(''))]).toEqual([]);
      const said = JSON.parse(lines()[0] ?? '');
      expect(format === 'ocsf' ? JSON.parse(said.raw_data) : said).toEqual({ ...event, tool });
    },
  );

  it('is not another program’s, and not reached through a link', async () => {
    writeFileSync(path, 'a shopping list\n');
    await expect(file().newest?.()).rejects.toMatchObject({
      code: 'ERR_SHIP_FAILED',
      message: `${KEY}: events were not taken: its last line is no event`,
    });
    rmSync(path);
    symlinkSync(join(dir, 'elsewhere'), path);
    await expect(file().send(events(1, 1), never)).rejects.toMatchObject({
      code: 'ERR_SHIP_FAILED',
    });
  });
});

describe('over HTTP', () => {
  let server: Server;
  let url: string;
  let answer: { readonly status: number; readonly body?: string; readonly location?: string };
  const got: {
    path: string | undefined;
    type: string | undefined;
    token: unknown;
    body: string;
  }[] = [];
  beforeEach(async () => {
    got.length = 0;
    answer = { status: 200 };
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      request.on('end', () => {
        const { 'content-type': type, 'x-token': token } = request.headers;
        got.push({ path: request.url, type, token, body });
        const headers = answer.location === undefined ? {} : { location: answer.location };
        response.writeHead(answer.status, headers).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hush-hush-path`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const headers = { 'X-Token': 'hush-hush-token' };
  const webhook = () => open({ kind: 'webhook', key: KEY, url, headers, format: 'jsonl' });
  const otlp = () => open({ kind: 'otlp', key: KEY, url, headers });

  it('a webhook gets JSON Lines, with its headers', async () => {
    await webhook().send(events(4, 5), never);
    expect(got).toMatchObject([{ type: 'application/x-ndjson', token: 'hush-hush-token' }]);
    expect(
      got[0]?.body
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).seq),
    ).toEqual([4, 5]);
  });

  it('a receiver of logs gets OTLP as JSON', async () => {
    await otlp().send(events(4, 5), never);
    expect(got).toMatchObject([{ type: 'application/json', token: 'hush-hush-token' }]);
    expect(JSON.parse(got[0]?.body ?? '').resourceLogs[0].scopeLogs[0].logRecords).toHaveLength(2);
  });

  it.each([
    ['an error', { status: 503 }, 'status 503'],
    ['a redirect, which is not followed', { status: 307, location: '/other' }, 'status 307'],
    ['a credential that is not good', { status: 401 }, 'status 401'],
    ['a path that leads nowhere', { status: 404 }, 'status 404'],
  ])('fails over %s, and says neither address nor secret', async (_, given, why) => {
    answer = given;
    await expect(otlp().send(events(1, 2), never)).rejects.toMatchObject({
      code: 'ERR_SHIP_FAILED',
      message: `${KEY}: events were not taken: ${why}`,
    });
    expect(got).toHaveLength(1);
  });

  it('says of records how many were rejected, and of a batch that it is refused', async () => {
    answer = { status: 200, body: '{"partialSuccess":{"rejectedLogRecords":"2"}}' };
    expect(await otlp().send(events(1, 3), never)).toEqual({ kind: 'taken', rejected: 2 });
    for (const count of ['"-5"', '-5', '"many"', 'null', '[9]e']) {
      answer = { status: 200, body: `{"partialSuccess":{"rejectedLogRecords":${count}}}` };
      expect(await otlp().send(events(1, 3), never)).toEqual({ kind: 'taken', rejected: 0 });
    }
    for (const status of [400, 413, 422]) {
      answer = { status };
      const refused = { kind: 'refused', why: `status ${status}` };
      expect(await otlp().send(events(1, 3), never)).toEqual(refused);
      expect(await webhook().send(events(1, 3), never)).toEqual(refused);
    }
  });

  it('reads no more of an answer than one takes, however long it is', async () => {
    let written = 0;
    server.removeAllListeners('request').on('request', (request, response) => {
      request.resume();
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
      };
      response.on('drain', more);
      more();
    });
    const closed = new Promise((resolve) => {
      server.on('connection', (socket) => socket.on('close', resolve));
    });
    expect(await otlp().send(events(1, 3), never)).toEqual({ kind: 'taken', rejected: 0 });
    await closed;
    expect(written).toBeLessThan(100_000_000);
  });

  it('fails where nobody listens', async () => {
    server.close();
    server.closeAllConnections();
    const error = await webhook()
      .send(events(1, 1), never)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_SHIP_FAILED',
      message: `${KEY}: events were not taken: ECONNREFUSED`,
    });
    expect(String(error)).not.toContain('hush');
  });
});
