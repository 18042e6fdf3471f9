import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/sqlite/migrations.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/storage.md'), 'utf8');

describe('docs/storage.md', () => {
  it('lists every table of the database', () => {
    const db = new Sqlite(':memory:');
    migrate(db, 0);
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all();
    db.close();
    const [, section = ''] = page.split('## Tables');
    const rows = section.split('##')[0]?.match(/^\| `.*?` \|/gm) ?? [];
    const listed = rows.flatMap((row) => row.match(/\w+/g) ?? []);
    expect(listed.toSorted()).toEqual(tables);
  });
});
