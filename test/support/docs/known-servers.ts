import type { PolicyState, ServerView, ToolView } from '../../../src/authorize/policy-state.ts';
import { isJsonObject, type JsonObject, member } from '../../../src/domain/json.ts';
import { hasCorpora, recordedLists } from '../corpora.ts';
import { seen } from '../fakes/server-view.ts';

/** What the documents call a server, and whose recorded definitions it has. */
const RECORDED: Readonly<Record<string, string>> = {
  files: 'filesystem',
  github: 'github',
  slack: 'slack',
  browser: 'playwright_mcp',
};

type Arguments = Readonly<Record<string, JsonObject>>;

const TEXT = { type: 'string' };
const NUMBER = { type: 'number' };
const WHOLE = { type: 'integer' };
const TRUTH = { type: 'boolean' };
const TEXTS = { type: 'array', items: TEXT };
const OF_REPO = { owner: TEXT, repo: TEXT };
const OF_ISSUE = { ...OF_REPO, issue_number: NUMBER };

/**
 * Names and types of servers nobody recorded, as they document them: `postgres-mcp` (Crystal DBA),
 * `mcp-server-sqlite`, and GitHub's own server as far as the documents use it.
 */
const DOCUMENTED: Readonly<Record<string, Readonly<Record<string, Arguments>>>> = {
  postgres: {
    list_schemas: {},
    list_objects: { schema_name: TEXT, object_type: TEXT },
    get_object_details: { schema_name: TEXT, object_name: TEXT, object_type: TEXT },
    explain_query: { sql: TEXT, analyze: TRUTH, hypothetical_indexes: { type: 'array' } },
    execute_sql: { sql: TEXT },
    analyze_workload_indexes: { max_index_size_mb: WHOLE },
    analyze_query_indexes: { queries: TEXTS, max_index_size_mb: WHOLE },
    analyze_db_health: { health_type: TEXT },
    get_top_queries: { sort_by: TEXT, limit: WHOLE },
  },
  sqlite: {
    read_query: { query: TEXT },
    write_query: { query: TEXT },
    create_table: { query: TEXT },
    list_tables: {},
    describe_table: { table_name: TEXT },
    append_insight: { insight: TEXT },
  },
  'github-hosted': {
    issue_read: { method: TEXT, ...OF_ISSUE, page: NUMBER, perPage: NUMBER },
    issue_write: { method: TEXT, ...OF_ISSUE, title: TEXT, body: TEXT, state: TEXT },
    add_issue_comment: { ...OF_ISSUE, body: TEXT },
    list_issues: { ...OF_REPO, state: TEXT, since: TEXT },
  },
};

/** Prompts likewise. */
const PROMPTS: Readonly<Record<string, Readonly<Record<string, Arguments>>>> = {
  'github-hosted': {
    issue_to_fix_workflow: { ...OF_REPO, title: TEXT, description: TEXT, labels: TEXT },
  },
};

const itemsOf = (of: Readonly<Record<string, Arguments>> = {}): ReadonlyMap<string, ToolView> =>
  new Map(
    Object.entries(of).map(([name, properties]) => [
      name,
      { hash: name, inputSchema: { type: 'object', properties } },
    ]),
  );

function recordedTools(from: string): ReadonlyMap<string, ToolView> {
  const { tools = [] } = recordedLists('tool-definitions').find((list) => list.from === from) ?? {};
  return new Map(
    tools.map((tool) => {
      const name = String(member(tool, 'name'));
      const schema = member(tool, 'inputSchema');
      return [name, { hash: name, ...(isJsonObject(schema) ? { inputSchema: schema } : {}) }];
    }),
  );
}

/**
 * The tool servers of the documents, all their tools approved. Those of recorded definitions were never
 * seen where the recordings are not: a grant can then be read, and its conditions not be checked.
 */
export function knownServers(): PolicyState['servers'] {
  const recorded = Object.entries(RECORDED).map(([server, from]): [string, ServerView] => [
    server,
    hasCorpora
      ? seen({ tools: recordedTools(from), hasResources: true })
      : { tools: undefined, prompts: undefined, templates: undefined, hasResources: false },
  ]);
  const documented = Object.entries(DOCUMENTED).map(([server, tools]): [string, ServerView] => [
    server,
    seen({ tools: itemsOf(tools), prompts: itemsOf(PROMPTS[server]), hasResources: true }),
  ]);
  return new Map([...recorded, ...documented]);
}
