import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAnchors } from '../../src/anchors/open-anchors.ts';
import { placeIds } from '../../src/audit/place-id.ts';
import type { AnchorSpec } from '../../src/domain/anchor-spec.ts';

const NOTE = 'toolgrant/main/k\n1\n';
const KEY = 'audit.anchors[0]';
const never = new AbortController().signal;
const send = (spec: AnchorSpec, stdout = async (_: string) => {}) =>
  openAnchors([spec], placeIds(new Uint8Array(32)), stdout)[0]?.send(NOTE, never);

describe('a file', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tg-anchor-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is made for its owner alone, and appended to', async () => {
    const spec = { kind: 'file', key: KEY, path: join(dir, 'notes') } as const;
    await send(spec);
    await send(spec);
    expect(readFileSync(spec.path, 'utf8')).toBe(NOTE + NOTE);
    expect(statSync(spec.path).mode & 0o077).toBe(0);
  });

  it('has each note whole, also after one that a killed process left unfinished', async () => {
    const spec = { kind: 'file', key: KEY, path: join(dir, 'notes') } as const;
    writeFileSync(spec.path, 'toolgrant/main/k\n1');
    await send(spec);
    await send(spec);
    expect(readFileSync(spec.path, 'utf8')).toBe(`toolgrant/main/k\n1\n${NOTE}${NOTE}`);
  });

  it('is not written through a link, nor made in a folder that is not there', async () => {
    symlinkSync(join(dir, 'elsewhere'), join(dir, 'link'));
    for (const path of [join(dir, 'link'), join(dir, 'none', 'notes')]) {
      await expect(send({ kind: 'file', key: KEY, path })).rejects.toMatchObject({
        code: 'ERR_ANCHOR_FAILED',
        message: expect.not.stringContaining(dir),
      });
    }
  });
});

describe('standard output', () => {
  it('gets the note', async () => {
    const printed: string[] = [];
    await send({ kind: 'stdout', key: KEY }, async (text) => void printed.push(text));
    expect(printed).toEqual([NOTE]);
  });
});

describe('a webhook', () => {
  let server: Server;
  let url: string;
  const got: { headers: unknown; body: string }[] = [];
  beforeEach(async () => {
    got.length = 0;
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      request.on('end', () => {
        got.push({ headers: request.headers, body });
        const status = Number(request.url?.slice(1));
        response.writeHead(status, status === 307 ? { location: '/200' } : {}).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const hook = (status: number): AnchorSpec => ({
    kind: 'webhook',
    key: KEY,
    url: `${url}/${status}`,
    headers: { Authorization: 'Bearer hush' },
  });

  it('gets the note as text, with its headers', async () => {
    await send(hook(204));
    expect(got).toMatchObject([
      {
        body: NOTE,
        headers: { authorization: 'Bearer hush', 'content-type': 'text/plain; charset=utf-8' },
      },
    ]);
  });

  it.each([500, 404, 307])(
    'that answers %s has not kept it, and is not followed',
    async (status) => {
      await expect(send(hook(status))).rejects.toMatchObject({
        code: 'ERR_ANCHOR_FAILED',
        message: `${KEY}: a checkpoint was not kept: status ${status}`,
      });
      expect(got).toHaveLength(1);
    },
  );
});
