import { statSync } from 'node:fs';
import { join } from 'node:path';
import { clientById } from './clients.ts';
import type { FoundClient } from './find-clients.ts';

/** Files of a project that clients read when they are opened in its folder. */
const PROJECT_FILES: readonly (readonly [id: string, file: string])[] = [
  ['claude-code', '.mcp.json'],
  ['cursor', '.cursor/mcp.json'],
  ['vscode', '.vscode/mcp.json'],
  ['gemini-cli', '.gemini/settings.json'],
  ['kiro', '.kiro/settings/mcp.json'],
  ['opencode', 'opencode.json'],
  ['codex', '.codex/config.toml'],
];

/** The clients' files that are in a folder, to be read like a person's own. Nothing is opened. */
export function findProjectClients(folder: string): readonly FoundClient[] {
  return PROJECT_FILES.flatMap(([id, file]) => {
    const client = clientById(id);
    const path = join(folder, file);
    if (client === undefined || !isThere(path)) return [];
    return [{ client, path, exists: true, isInstalled: true, isReadable: true, isWritable: false }];
  });
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
