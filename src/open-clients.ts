import { join } from 'node:path';
import type { ClientFiles } from './admin/client-files.ts';
import type { ClientPlace } from './client-config/find-clients.ts';
import { openClientFiles } from './client-config/open-client-files.ts';
import type { OpenState } from './compose.ts';

/** The files of this person's clients, with originals kept below the state directory. */
export function clientFilesOf({ config }: OpenState, place: ClientPlace): ClientFiles {
  const { host, port } = config.listen;
  const local =
    port === 0 ? undefined : `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const base = (config.publicUrl ?? local)?.replace(/(?:\/mcp)?\/*$/, '');
  return openClientFiles({
    place,
    backupDir: join(config.stateDir, 'clients'),
    brokerUrl: base === undefined ? undefined : `${base}/mcp`,
  });
}
