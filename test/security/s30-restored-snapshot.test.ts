import { chmodSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNotes } from '../../src/audit/signed-note.ts';
import { Home } from '../support/live/home.ts';

let at: Home;
let state: string;
let notesPath: string;
/** What standard output of `serve` said, by day. */
const printed: string[] = [];

/** Serves and stops, as on one day. */
async function serveForADay(): Promise<void> {
  const served = await at.serve();
  const { code, stdout } = await served.end('SIGTERM');
  expect(code).toBe(0);
  printed.push(stdout);
}

const notes = () => parseNotes(readFileSync(notesPath, 'utf8'));
const verify = (...words: readonly string[]) => at.run(['audit', 'verify', ...words]);

beforeAll(async () => {
  at = new Home({ more: { audit: { anchors: [{ file: 'elsewhere.txt' }, { stdout: true }] } } });
  state = join(at.dir, '.toolgrant');
  notesPath = join(at.dir, 'elsewhere.txt');
  await at.applyGrants();
  await at.open();
  (await at.state()).close();
  await serveForADay();
  cpSync(state, join(at.dir, 'yesterday'), { recursive: true });
  await serveForADay();
}, 60_000);
afterAll(() => at.remove());

describe('S30 with anchors', () => {
  it('everything up to the end of a broker is signed and kept elsewhere, in each place', async () => {
    const { stdout } = await at.run(['audit', 'query', '--code', 'TG5002', '--json']);
    const stopped = (JSON.parse(stdout) as { seq: number }[]).map(({ seq }) => seq);
    expect(stopped).toHaveLength(2);
    expect(notes().map(({ seq }) => seq)).toEqual(expect.arrayContaining(stopped));
    expect(printed.flatMap(parseNotes)).toEqual(notes());
    const proven = await verify('--against', notesPath);
    expect([proven.code, proven.stdout]).toEqual([
      0,
      expect.stringContaining(`signed up to ${stopped[1]}, `),
    ]);
    expect(proven.stderr).toContain('covered by no checkpoint kept elsewhere');
  });

  it('a database put back alone is found by the anchor beside it', async () => {
    for (const end of ['-wal', '-shm']) rmSync(join(state, `toolgrant.db${end}`), { force: true });
    cpSync(join(at.dir, 'yesterday', 'toolgrant.db'), join(state, 'toolgrant.db'));
    const found = await verify();
    expect([found.code, found.stdout]).toEqual([1, expect.stringContaining('the local anchor')]);
  });

  it('a snapshot put back whole, its local anchor with it, proves itself and is found from outside', async () => {
    const newest = notes().at(-1)?.seq ?? 0;
    rmSync(state, { recursive: true });
    cpSync(join(at.dir, 'yesterday'), state, { recursive: true });
    for (const folder of [state, join(state, 'keys')]) chmodSync(folder, 0o700);
    expect((await verify()).code).toBe(0);
    const refuted = await verify('--against', notesPath);
    expect(refuted.code).toBe(1);
    // Its own new events may stand where others were: missing, or of another hash.
    expect(refuted.stdout).toContain(`event ${newest}: the given checkpoint names `);
  });
});
