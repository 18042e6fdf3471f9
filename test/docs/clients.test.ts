import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLIENTS } from '../../src/client-config/clients.ts';
import { clientTables, withTables } from '../support/docs/client-tables.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/clients.md'), 'utf8');

describe('docs/clients.md', () => {
  it('says what the product goes by (npm run schemas)', () => {
    expect(page).toBe(withTables(page, clientTables(CLIENTS)));
    expect(page).toContain('claude_desktop_config.json');
  });
});
