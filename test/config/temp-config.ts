import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { BrokerError } from '../../src/domain/errors.ts';

/** A new empty folder, gone when the test ends. */
export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tg-config-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a configuration into a new folder's `cfg/`, text as it is, anything else as JSON. */
export function writeConfig(content: unknown): string {
  const folder = join(tempFolder(), 'cfg');
  mkdirSync(folder, { mode: 0o755 });
  const path = join(folder, 'mcp.config.json');
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}

/** Writes a reference as a configuration does; apart from the tests, so that no lint takes it for a template. */
export const ref = (name: string): string => ['$', '{', name, '}'].join('');

/** What `action` throws, as far as callers may rely on it. */
export function thrownBy(action: () => unknown): {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
} {
  try {
    action();
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return { code: error.code, message: error.message, hint: error.hint };
  }
  throw new Error('nothing was thrown');
}
