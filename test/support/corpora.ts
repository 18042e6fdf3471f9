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

/** The tasks of one AgentDojo suite, by name, with the tools each needs. */
export interface TaskSuite {
  readonly name: string;
  readonly userTasks: ReadonlyMap<string, readonly string[]>;
  /** What an attacker puts into the data the agent reads. */
  readonly injections: ReadonlyMap<string, readonly string[]>;
}

const agentDojo = join(corpora, 'agentdojo-ground-truth.json');

/** Whether the tasks of AgentDojo are here; they are no part of the project. */
export const hasAgentTasks = existsSync(agentDojo);

/** The tools of AgentDojo's tasks. Their arguments are not in the data. */
export function agentTasks(): readonly TaskSuite[] {
  if (!hasAgentTasks) return [];
  type Tasks = Readonly<Record<string, readonly string[]>>;
  const suites: Readonly<Record<string, { user_tasks: Tasks; injection_tasks: Tasks }>> =
    JSON.parse(readFileSync(agentDojo, 'utf8'));
  return Object.entries(suites).map(([name, { user_tasks, injection_tasks }]) => ({
    name,
    userTasks: new Map(Object.entries(user_tasks)),
    injections: new Map(Object.entries(injection_tasks)),
  }));
}
