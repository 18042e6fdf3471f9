import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkRefusals } from './check-refusals.ts';
import type { Facts } from './facts.ts';
import { type Finding, findingsOf } from './finding.ts';

const found = findingsOf('state');

const MIB = 1024 * 1024;
/** What a broker lets the WAL keep, bytes; more means that somebody stands in the way of emptying it. */
const WAL_BYTES = 128 * MIB;
const LITTLE_BYTES = 512 * MIB;
const TOO_LITTLE_BYTES = 32 * MIB;

/** Whether the database can be used, what is refused for it, how large it is, and how much room is left. */
export async function checkState(facts: Facts): Promise<readonly Finding[]> {
  return [...sizes(facts), ...(await checkRefusals(facts))];
}

function sizes({ context, state }: Facts): readonly Finding[] {
  const { config } = context.settings;
  if (config === undefined || state === undefined) return [];
  const path = join(config.stateDir, 'toolgrant.db');
  const findings: Finding[] = [];
  if (!state.ok) findings.push(found('problem', 'database', state.what, path, state.remedy));
  else if (state.value === undefined) {
    findings.push(
      found('note', 'database_missing', 'no state yet: the first command makes it', path),
    );
  } else {
    const { version, currentVersion } = state.value;
    const size = sizeOf(path) ?? 0;
    findings.push(
      version < currentVersion
        ? found(
            'note',
            'database_old',
            `schema version ${version}: the next command brings it to ${currentVersion}`,
            path,
          )
        : found('ok', 'database', `opens; schema version ${version}, ${sizeWords(size)}`, path),
    );
    const wal = sizeOf(`${path}-wal`) ?? 0;
    if (wal > WAL_BYTES) {
      findings.push(
        found(
          'warning',
          'wal_large',
          `its write-ahead log is ${sizeWords(wal)}: a program keeps it from being emptied`,
          `${path}-wal`,
          'end programs that hold the database open, a backup or a browser perhaps',
        ),
      );
    }
  }
  const free = freeBytes(config.stateDir) ?? freeBytes(config.configDir);
  if (free !== undefined && free < LITTLE_BYTES) {
    findings.push(
      found(
        free < TOO_LITTLE_BYTES ? 'problem' : 'warning',
        'disk_full',
        `${sizeWords(free)} are free: without a record there are no calls`,
        config.stateDir,
        'make room on this disk',
      ),
    );
  }
  return findings;
}

const sizeWords = (bytes: number): string =>
  bytes < MIB ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.round(bytes / MIB)} MiB`;

function sizeOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size;
  } catch {
    // Intentionally unknown: that the database cannot be opened is a finding of its own.
    return undefined;
  }
}

function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
