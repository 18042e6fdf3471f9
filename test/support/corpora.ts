import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';

const corpora = join(import.meta.dirname, '../../../shared/corpora');

/** One recorded answer to `tools/list`. */
export interface RecordedList {
  /** Where it comes from: a package, or a package and release. */
  readonly from: string;
  readonly tools: readonly JsonObject[];
}

/** Whether the recorded answers are here; they are no part of the project. */
export const hasCorpora = existsSync(join(corpora, 'tool-definitions'));

/** Recorded answers of thirteen servers (`tool-definitions`) or of 23 releases of two. */
export function recordedLists(
  corpus: 'tool-definitions' | 'tool-definition-drift',
): readonly RecordedList[] {
  if (!hasCorpora) return [];
  return readdirSync(join(corpora, corpus))
    .sort()
    .map((file) => ({
      from: file.replace(/^(?:out|t)-_?(?:modelcontextprotocol_server_)?|\.json$/g, ''),
      tools: parseJson(
        readFileSync(join(corpora, corpus, file), 'utf8'),
      ) as unknown as JsonObject[],
    }));
}
