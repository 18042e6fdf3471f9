import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts } from './facts.ts';
import { type Finding, findingsOf, spanWords } from './finding.ts';

const found = findingsOf('clock');

/** Milliseconds two clocks may differ without a word: file systems round, and network ones drift. */
const TOLERATED_MS = 60_000;

/** Whether the clock agrees with what was recorded and written before: expiry is measured by it. */
export async function checkClock({ context, state, now }: Facts): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const stores = state?.ok ? state.value?.stores : undefined;
  const head = await stores?.events.head();
  const behind = head === undefined ? 0 : head.at / 1_000 - now;
  if (behind > TOLERATED_MS) {
    findings.push(
      found(
        'problem',
        'clock_behind',
        `is ${spanWords(behind)} behind the newest event: brokers refuse everything`,
        '',
        'set the clock of this machine',
      ),
    );
  }
  const { config, path } = context.settings;
  const paths = [path, config?.lockPath, config && join(config.stateDir, 'toolgrant.db')];
  for (const file of paths) {
    const ahead = file === undefined ? 0 : (changedAt(file) ?? now) - now;
    if (file === undefined || ahead <= TOLERATED_MS) continue;
    findings.push(
      found(
        'warning',
        'file_from_future',
        `was changed ${spanWords(ahead)} from now, by this clock`,
        file,
        'set the clock of this machine, or of the one that holds the file',
      ),
    );
  }
  if (findings.length === 0) findings.push(found('ok', 'clock', 'agrees with log and files'));
  return findings;
}

function changedAt(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  } catch {
    return undefined;
  }
}
