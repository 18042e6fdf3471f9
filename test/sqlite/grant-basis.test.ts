import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createCheckpointSigner } from '../../src/audit/checkpoint.ts';
import type { GrantDocument } from '../../src/authorize/grant-record.ts';
import { openStores } from '../../src/sqlite/open-stores.ts';
import { newSigningKey } from '../support/memory-keys.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function open() {
  const stateDir = mkdtempSync(join(tmpdir(), 'toolgrant-race-'));
  folders.push(stateDir);
  return openStores({
    stateDir,
    durability: 'process',
    instance: 'ins_test',
    clock: { now: () => 1000, nowMicros: () => 1_000_000, monotonicMs: () => 0 },
    entropy: (size) => randomBytes(size),
    signCheckpoint: createCheckpointSigner(newSigningKey('k')),
  });
}

const document = (...patterns: string[]): GrantDocument => ({
  id: 'g',
  subject: 'alice',
  purpose: 'test',
  expiresAt: 9e15,
  rules: patterns.map((pattern, at) => ({ effect: 'permit', pattern, line: at + 1 })),
});
const put = (of: GrantDocument) =>
  ({ kind: 'put', document: of, file: 'grants/g.yaml', event: { code: 'TG3001' } }) as const;

describe('a plan made before an admin narrowed the grant', () => {
  it('is refused, so that it does not widen it again', async () => {
    const stores = await open();
    await stores.grants.change([put(document('a/*', 'b/*', 'c/*'))], 1);
    const basis = await stores.grants.all();
    await stores.grants.change([put(document('a/*'))], 2);
    await expect(
      stores.grants.change([put(document('a/*', 'b/*'))], 3, basis),
    ).rejects.toMatchObject({ code: 'ERR_GRANT' });
    const { grants } = stores.grants.snapshot('alice');
    expect(grants.map(({ revision, rules }) => [revision, rules.length])).toEqual([[2, 1]]);
    stores.close();
  });

  it('is refused when the grant was revoked and reinstated since', async () => {
    const stores = await open();
    await stores.grants.change([put(document('a/*'))], 1);
    const basis = await stores.grants.all();
    await stores.grants.change([{ kind: 'revoke', id: 'g', event: { code: 'TG3003' } }], 2);
    await stores.grants.change([{ kind: 'reinstate', id: 'g', event: { code: 'TG3004' } }], 3);
    await expect(stores.grants.change([put(document('a/*'))], 4, basis)).rejects.toMatchObject({
      code: 'ERR_GRANT',
    });
    stores.close();
  });

  it('holds for a set that reinstates a grant and puts it anew', async () => {
    const stores = await open();
    await stores.grants.change([put(document('a/*'))], 1);
    await stores.grants.change([{ kind: 'revoke', id: 'g', event: { code: 'TG3003' } }], 2);
    const basis = await stores.grants.all();
    const reinstate = { kind: 'reinstate', id: 'g', event: { code: 'TG3004' } } as const;
    await stores.grants.change([reinstate, put(document('a/*'))], 3, basis);
    const { grants } = stores.grants.snapshot('alice');
    expect(grants.map(({ id, revision }) => [id, revision])).toEqual([['g', 2]]);
    stores.close();
  });
});
