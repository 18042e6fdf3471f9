import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../support/live/home.ts';

/** The program that `docs/audit.md` prints: nothing of ours is in it. */
const PROGRAM = /```js\n(import \{ createPublicKey[\s\S]*?)```/.exec(
  readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8'),
)?.[1];

let at: Home;
let key: string;
let events: { seq: number; [member: string]: unknown }[];

beforeAll(async () => {
  at = new Home();
  await at.applyGrants();
  for (let left = 3; left > 0; left -= 1) await at.open('alice');
  key = (await at.run(['audit', 'checkpoint', '--key'])).stdout.trim();
  const { stdout } = await at.run(['audit', 'checkpoint']);
  writeFileSync(join(at.dir, 'note.txt'), stdout);
  writeFileSync(join(at.dir, 'check.mjs'), PROGRAM ?? '');
  const size = Number(stdout.split('\n')[1]);
  events = [...(await at.events('--to', String(size)))] as unknown as typeof events;
});
afterAll(() => at.remove());

function check(of: readonly object[], note = 'note.txt'): string {
  writeFileSync(join(at.dir, 'events.json'), JSON.stringify(of));
  const args = [join(at.dir, 'check.mjs'), key, join(at.dir, note), join(at.dir, 'events.json')];
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout.trim();
}

describe('a stranger’s check', () => {
  it('imports node:crypto and what reads files, and no more', () => {
    const imports = [...(PROGRAM ?? '').matchAll(/from '(.*)'/g)].map(([, name]) => name);
    expect(imports).toEqual(['node:crypto', 'node:fs']);
  });

  it('proves an exported checkpoint and the events up to it, or a stretch of them', () => {
    expect(events.length).toBeGreaterThan(5);
    expect(check(events)).toBe(`ok up to ${events.length}`);
    expect(check(events.slice(-3))).toBe(`ok up to ${events.length}`);
  });

  it('finds an edit, a removal, a missing tail and another signature', () => {
    const edited = events.map((event) => (event.seq === 2 ? { ...event, subject: 'bob' } : event));
    expect(check(edited)).toBe('event 2 was changed');
    expect(check(events.filter(({ seq }) => seq !== 3))).toBe('before 4: a break');
    expect(check(events.slice(0, -1))).toBe('the events do not end where the checkpoint stands');
    const note = readFileSync(join(at.dir, 'note.txt'), 'utf8');
    writeFileSync(join(at.dir, 'forged.txt'), note.replace(/\n\d+\n/, '\n1\n'));
    expect(check(events.slice(0, 1), 'forged.txt')).toBe('another signature');
  });
});
