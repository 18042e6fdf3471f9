import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const unit = join(import.meta.dirname, '../../packaging/toolgrant.service');
const folder = mkdtempSync(join(tmpdir(), 'tg-unit-'));
afterAll(() => rmSync(folder, { recursive: true }));

const analyze = (...words: readonly string[]) =>
  spawnSync('systemd-analyze', words, { encoding: 'utf8' });
const hasAnalyze = analyze('--version').status === 0;

/** What systemd says of the unit with a change. */
function remarksOn(change: (text: string) => string): readonly string[] {
  const here = join(folder, 'toolgrant.service');
  const text = readFileSync(unit, 'utf8');
  writeFileSync(here, change(text));
  const { stdout, stderr } = analyze('verify', here);
  return `${stdout}\n${stderr}`.split('\n').filter((line) => line.includes('toolgrant'));
}

/** What differs by machine: whether it is installed there. */
const installed = (text: string): string =>
  text.replace('=/usr/local/bin/toolgrant ', `=${process.execPath} `);

describe.skipIf(!hasAnalyze)('the systemd unit', () => {
  it('is understood whole', () => {
    expect(remarksOn(installed)).toEqual([]);
    const misspelt = remarksOn((text) => installed(text).replace('ProtectHome', 'ProtectHoem'));
    expect(misspelt).toEqual([expect.stringContaining('ProtectHoem')]);
  });
});
