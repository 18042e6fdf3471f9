// S30: a log that was tampered with at random, each time proven against a checkpoint kept elsewhere.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STRETCH } from '../../src/audit/event-marks.ts';
import { seeded } from '../../test/support/fuzz/random.ts';
import { writeSampleChain } from '../../test/support/sqlite/sample-chain.ts';
import { INDEX_TAMPERINGS, TAMPERINGS, TamperedLog } from '../../test/support/sqlite/tampering.ts';
import { progress } from './figures.mjs';

const PART = 'tampered';
/** Of the changes, how many are of the index: its log is long. */
const INDEX_SHARE = 0.1;

/** Random changes of the events, and of the index of a longer log; counts those not found. */
export async function tampered(figure, { tamperings }) {
  const ofIndex = Math.round(tamperings * INDEX_SHARE);
  await some(figure, 'events', TAMPERINGS, 60, tamperings - ofIndex);
  await some(figure, 'index', INDEX_TAMPERINGS, STRETCH / 2 + 10, ofIndex);
}

async function some(figure, what, kinds, calls, times) {
  const dir = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'tg-torture-'));
  await writeSampleChain(dir, calls, { isIndexed: true });
  const log = await TamperedLog.open(dir);
  const said = progress(PART);
  const missed = [];
  for (let time = 0; time < times; time += 1) {
    const names = Object.keys(kinds);
    const name = names[time % names.length];
    const problem = await log.try(kinds[name], seeded(time));
    if (problem !== undefined) missed.push(`${name}, seed ${time}: ${problem}`);
    said(() => `${time} of ${times}`);
  }
  figure(PART, `changes of the ${what}`, times);
  figure(PART, `changes of the ${what} not found, or the row not named`, missed.length, 0);
  for (const problem of missed.slice(0, 5)) console.log(problem.slice(0, 1_000));
  figure(PART, `${what} put back, unsound`, Number(!(await log.verify()).ok), 0);
  log.close();
  rmSync(dir, { recursive: true, force: true });
}
