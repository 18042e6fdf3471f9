import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { validateGrants } from '../../src/admin/validate-grants.ts';
import { hashDefinition } from '../../src/catalog/definition-hash.ts';
import { toLockEntry } from '../../src/catalog/lock-entry.ts';
import { formatLock } from '../../src/catalog/lock-text.ts';
import { openReview } from '../../src/open-review.ts';
import { systemClock } from '../../src/system.ts';
import { grantText } from '../support/fakes/grant-text.ts';
import { pinnedServer } from '../support/fakes/pinned-server.ts';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

/** A checkout: configuration with a secret nobody here has, lock, and one grant. */
function checkout(rule: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'toolgrant-review-'));
  made.push(folder);
  mkdirSync(join(folder, 'grants'));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, which nobody here can resolve
  const headers = { Authorization: 'Bearer ${NOT_SET_ANYWHERE}' };
  const http = { type: 'http', url: 'https://api.example/mcp', headers };
  const config = { mcpServers: { files: http, gone: { ...http, disabled: true } } };
  writeFileSync(join(folder, 'mcp.config.json'), JSON.stringify(config));
  const definition = {
    name: 'read',
    inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
  };
  const pinned = {
    ...pinnedServer('files', []),
    tools: [{ name: 'read', definition, hash: hashDefinition(definition) }],
  };
  writeFileSync(
    join(folder, 'mcp.lock.json'),
    formatLock(new Map([['files', toLockEntry(pinned)]])),
  );
  writeFileSync(join(folder, 'grants', 'a.yaml'), grantText({ id: 'a', rules: [rule] }));
  return folder;
}

const review = (folder: string) =>
  validateGrants(openReview(join(folder, 'mcp.config.json'), {}, systemClock), undefined);

describe('a review of grant files', () => {
  it('checks conditions against the lock, and makes and needs no state', async () => {
    const folder = checkout('permit: files/read\n    when: args.pth == "/x"');
    expect((await review(folder)).findings).toEqual([
      {
        file: 'grants/a.yaml',
        line: 7,
        column: 16,
        kind: 'invalid',
        message: '`when` there is no argument "pth", of files/read',
        hint: 'did you mean `path`; known: path',
      },
    ]);
    expect(readdirSync(folder).sort()).toEqual(['grants', 'mcp.config.json', 'mcp.lock.json']);
  });

  it('knows the tools of the lock, and the servers that are enabled', async () => {
    expect((await review(checkout('permit: files/write'))).findings).toMatchObject([
      { kind: 'warning', line: 6, message: 'no known tool of files matches files/write' },
    ]);
    expect((await review(checkout('permit: gone/*'))).findings).toMatchObject([
      { kind: 'warning', message: 'no configured tool server matches gone/*' },
    ]);
  });

  it('fails on a lock that cannot be read', async () => {
    const folder = checkout('permit: files/read');
    writeFileSync(join(folder, 'mcp.lock.json'), '{ "version": 1');
    await expect(review(folder)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });
});
