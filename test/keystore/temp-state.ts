import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PrivateFileOptions } from '../../src/keystore/private-file.ts';

/** A state directory that does not exist yet, in a folder that goes when the test ends. */
export function tempState(): PrivateFileOptions {
  const folder = mkdtempSync(join(tmpdir(), 'tg-state-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { stateDir: join(folder, 'state'), uid: process.getuid?.(), entropy: randomBytes };
}
