// Writes the JSON Schemas in schema/ from the zod definitions.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grantJsonSchema } from '../dist/authorize/grant-schema.js';
import { lockJsonSchema } from '../dist/catalog/lock-schema.js';
import { configJsonSchema } from '../dist/config/config-schema.js';

const folder = join(import.meta.dirname, '..', 'schema');
for (const [name, schema] of [
  ['config.schema.json', configJsonSchema()],
  ['grant.schema.json', grantJsonSchema()],
  ['lock.schema.json', lockJsonSchema()],
]) {
  writeFileSync(join(folder, name), `${JSON.stringify(schema, undefined, 2)}\n`);
}
