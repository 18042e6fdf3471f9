import { ENTRY_ALIAS, type OwnEntry } from '../admin/client-files.ts';
import type { JsonObject } from '../domain/json.ts';
import type { ClientFacts } from './client-facts.ts';
import { TOKEN_VARIABLE } from './read-entry.ts';

/**
 * Our entry as a client spells it. No spelling holds a token: over HTTP it is a command's answer, or
 * the name of an environment variable.
 */
export function spellEntry({ dialect, envReference }: ClientFacts, entry: OwnEntry): JsonObject {
  if (entry.kind === 'stdio') return spellStdio(dialect, entry);
  const { url, headersHelper } = entry;
  const bearer = `Bearer ${envReference?.replace('NAME', () => TOKEN_VARIABLE) ?? ''}`;
  const headers = { headers: { Authorization: bearer } };
  switch (dialect) {
    case 'codex':
      return { url, bearer_token_env_var: TOKEN_VARIABLE };
    case 'windsurf':
      return { serverUrl: url, ...headers };
    case 'gemini':
      return { httpUrl: url, ...headers };
    case 'opencode':
      return { type: 'remote', url, enabled: true, ...headers };
    case 'typed':
      return { type: 'http', url, ...(headersHelper === undefined ? headers : { headersHelper }) };
    case 'plain':
    case 'zed':
    case 'goose':
    case 'copilot':
    case 'list':
      return { url, ...headers };
  }
}

function spellStdio(
  dialect: ClientFacts['dialect'],
  { command, args }: { readonly command: string; readonly args: readonly string[] },
): JsonObject {
  switch (dialect) {
    case 'plain':
    case 'windsurf':
    case 'codex':
    case 'gemini':
      return { command, args };
    case 'typed':
      return { type: 'stdio', command, args };
    case 'zed':
      return { source: 'custom', command, args, env: {} };
    case 'goose':
      return {
        type: 'stdio',
        name: ENTRY_ALIAS,
        description: 'the tools this grant allows',
        enabled: true,
        cmd: command,
        args,
        envs: {},
        env_keys: [],
        timeout: 300,
      };
    case 'opencode':
      return { type: 'local', command: [command, ...args], enabled: true };
    case 'copilot':
      return { type: 'local', command, args, tools: ['*'] };
    case 'list':
      return { name: ENTRY_ALIAS, command, args };
  }
}
