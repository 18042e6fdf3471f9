import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home, until } from '../support/live/home.ts';
import { tamper } from '../support/sqlite/sample-chain.ts';

let home: Home;
beforeAll(async () => {
  home = new Home();
  await home.applyGrants();
  await home.open();
  const { stores, close } = await home.state();
  // A checkpoint each: whole stretches.
  for (let times = 0; times < 3; times += 1) {
    await stores.admission.record({ code: 'TG6001' });
    await stores.checkpoints.seal(0);
  }
  close();
}, 30_000);
afterAll(() => home.remove());

describe('audit prune', () => {
  it('wants to be told what is too old, and to be told twice where nobody can be asked', async () => {
    expect(await home.run(['audit', 'prune'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing says what is too old, or too much'),
    });
    // Nothing is that old at first.
    const { stdout, stderr } = await until(async () => {
      const ended = await home.run(['audit', 'prune', '--older-than', '1s']);
      return ended.code === 1 ? ended : undefined;
    });
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^events 1 to \d+, up to .*; no command brings them back\n.*--yes\n$/);
  });

  it('removes while a broker runs, which goes on; the rest verifies, and a copy of it', async () => {
    const served = await home.serve();
    const ended = await home.run(['audit', 'prune', '--older-than', '1s', '--yes', '--json']);
    const { from, to } = JSON.parse(ended.stdout) as { from: number; to: number };
    expect([ended.code, from]).toEqual([0, 1]);
    expect(await home.run(['audit', 'show', '1'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining(
        `event 1 was removed\nhint: the log starts with event ${to + 1}`,
      ),
    });
    expect(await home.run(['audit', 'verify'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`${to} older events were removed; see TG6005`),
    });
    const file = join(home.dir, 'copies', 'toolgrant.db');
    mkdirSync(join(home.dir, 'copies'));
    const made = await home.run(['audit', 'backup', file, '--json']);
    expect(made.code).toBe(0);
    expect(JSON.parse(made.stdout)).toEqual({
      file,
      events: expect.any(Number),
      lastSeq: expect.any(Number),
    });
    expect((await served.end('SIGTERM')).code).toBe(0);
    tamper(join(home.dir, 'copies'), (db) => {
      expect(db.prepare('SELECT min(seq) FROM events').pluck().get()).toBe(to + 1);
    });
  });

  it('is followed by a broker that starts on what is left', async () => {
    const served = await home.serve();
    expect((await served.end('SIGTERM')).code).toBe(0);
    expect((await home.run(['audit', 'verify'])).code).toBe(0);
  });
});
