import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { OwnEntry } from '../../src/admin/client-files.ts';
import { clientById } from '../../src/client-config/clients.ts';
import { type FoundClient, findClient } from '../../src/client-config/find-clients.ts';

/** The entry tests connect with. */
export const STDIO: OwnEntry = {
  kind: 'stdio',
  command: '/opt/node/bin/node',
  args: ['/opt/toolgrant/bin/toolgrant.js', 'stdio', '--profile', 'p', '--config', '/c "x".json'],
};

/** A home folder with one client in it. */
export interface ClientHome {
  readonly home: string;
  /** Where originals are kept. */
  readonly backups: string;
  readonly path: string;
  /** Looks anew. */
  found(): FoundClient;
  write(text: string): void;
  /** `undefined`: there is no file. */
  read(): string | undefined;
}

/** Makes a home that is removed when the test ends. */
export function clientHome(id: string, text?: string): ClientHome {
  const home = mkdtempSync(join(tmpdir(), 'tg-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const found = () => {
    const client = clientById(id);
    const at = client && findClient(client, { home, env: {}, platform: 'linux' });
    if (at === undefined) throw new Error(`no client ${id}`);
    return at;
  };
  const { path } = found();
  const write = (content: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  if (text !== undefined) write(text);
  return {
    home,
    backups: join(home, 'state/clients'),
    path,
    found,
    write,
    read() {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
  };
}
