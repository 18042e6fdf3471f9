import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WalSync } from '../../src/sqlite/wal-sync.ts';
import { type HeldSyncs, heldSyncs } from '../support/sqlite/held-syncs.ts';

let dir: string;
let syncs: HeldSyncs;
let failures: number;
let settled: string[];
let wal: WalSync;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tg-wal-'));
  writeFileSync(join(dir, 'db-wal'), '');
  syncs = heldSyncs();
  failures = 0;
  settled = [];
  wal = new WalSync(join(dir, 'db'), onFailed, syncs.syncFile);
});
afterEach(() => {
  wal.close();
  rmSync(dir, { recursive: true, force: true });
});

const onFailed = () => {
  failures += 1;
};

/** Asks, and notes how that ends. */
function ask(name: string): void {
  wal.durable().then(
    () => settled.push(name),
    (error) => settled.push(`${name} ${error.code}`),
  );
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('WalSync', () => {
  it('covers what was asked before a sync began, and has the rest share the next', async () => {
    for (const name of ['a', 'b', 'c']) ask(name);
    expect(syncs.begun).toBe(1);
    syncs.end();
    await turn();
    expect([settled, syncs.begun]).toEqual([['a'], 2]);
    ask('d');
    syncs.end();
    await turn();
    expect([settled, syncs.begun]).toEqual([['a', 'b', 'c'], 3]);
    syncs.end();
    await turn();
    expect([settled, syncs.begun]).toEqual([['a', 'b', 'c', 'd'], 3]);
  });

  it('acknowledges nothing any more once one failed, and never tries again', async () => {
    for (const name of ['a', 'b']) ask(name);
    syncs.end('EIO');
    await turn();
    ask('c');
    await turn();
    expect(settled).toEqual(['a', 'b', 'c'].map((name) => `${name} ERR_STORE_FAILED`));
    expect([failures, syncs.begun]).toEqual([1, 1]);
  });

  it('tells of a failure before anybody who waits', async () => {
    let told = -1;
    const tell = () => {
      told = settled.length;
    };
    const early = new WalSync(join(dir, 'db'), tell, syncs.syncFile);
    early.durable().catch(() => settled.push('a'));
    syncs.end('EIO');
    await turn();
    expect([told, settled]).toEqual([0, ['a']]);
    early.close();
  });

  it('makes what waits durable when it is closed, and takes nothing more', async () => {
    for (const name of ['a', 'b']) ask(name);
    wal.close();
    ask('late');
    syncs.end();
    await turn();
    syncs.end();
    await turn();
    expect(settled).toEqual(['late ERR_STORE_FAILED', 'a', 'b']);
    expect(syncs.files.every((file) => file === syncs.files[0])).toBe(true);
  });

  it('fails where there is no WAL', () => {
    expect(() => new WalSync(join(dir, 'other'), () => {})).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_FAILED' }),
    );
  });
});
