import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECK_NAMES } from '../../../src/admin/doctor/check-names.ts';

const root = join(import.meta.dirname, '../../..');
const document = readFileSync(join(root, 'docs/doctor.md'), 'utf8');

describe('docs/doctor.md', () => {
  it('says what every finding means, in the order of the list', () => {
    const rows = [...document.matchAll(/^\| `(\w+)` \| (?:ok|note|warning|problem)[, a-z]* \|/gm)];
    const levels = ['ok', 'note', 'warning', 'problem'];
    const named = rows.map(([, name = '']) => name).filter((name) => !levels.includes(name));
    expect(named).toEqual(CHECK_NAMES);
  });

  it('names nothing that no check says', () => {
    const folder = join(root, 'src/admin/doctor');
    const checks = readdirSync(folder).filter((file) => file !== 'check-names.ts');
    const text = checks.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
    expect(CHECK_NAMES.filter((name) => !text.includes(`'${name}'`))).toEqual([]);
  });
});
