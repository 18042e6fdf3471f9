// Writes the JSON Schemas in schema/ from the zod definitions.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grantJsonSchema } from '../src/authorize/grant-schema.ts';
import { lockJsonSchema } from '../src/catalog/lock-schema.ts';
import { configJsonSchema } from '../src/config/config-schema.ts';

const folder = join(import.meta.dirname, '..', 'schema');
for (const [name, schema] of [
  ['config.schema.json', configJsonSchema()],
  ['grant.schema.json', grantJsonSchema()],
  ['lock.schema.json', lockJsonSchema()],
]) {
  writeFileSync(join(folder, name), `${JSON.stringify(schema, undefined, 2)}\n`);
}
