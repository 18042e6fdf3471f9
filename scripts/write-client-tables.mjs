// Writes the tables of docs/clients.md from what the product goes by.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENTS } from '../src/client-config/clients.ts';
import { clientTables, withTables } from '../test/support/docs/client-tables.ts';

const page = join(import.meta.dirname, '..', 'docs', 'clients.md');
writeFileSync(page, withTables(readFileSync(page, 'utf8'), clientTables(CLIENTS)));
