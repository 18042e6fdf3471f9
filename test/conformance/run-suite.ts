import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The conformance tool's entry file. */
export const CONFORMANCE: string = here(
  '../../node_modules/@modelcontextprotocol/conformance/dist/index.js',
);

/** The fixture's entry file. */
export const FIXTURE: string = here('fixture/main.ts');

/** A revision the conformance tool has requirements for. */
export type Revision = '2025-11-25' | '2026-07-28';

/** A check of the conformance tool as it ended. */
export interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}

/** The checks of each scenario. */
export type Suite = ReadonlyMap<string, readonly Check[]>;

/** Runs everything a revision requires, and what the tool runs beside it, against a server. */
export async function runSuite(url: string, revision: Revision): Promise<Suite> {
  const folder = mkdtempSync(join(tmpdir(), 'tg-conformance-'));
  try {
    const args = ['server', '--url', url, '--requirements', revision, '-o', folder];
    const child = spawn(process.execPath, [CONFORMANCE, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await once(child, 'close');
    const suite = new Map(
      readdirSync(folder).map((name) => [
        name.replace(/^server-|-\d{4}-\d\d-\d\dT[\d-]+Z$/g, ''),
        JSON.parse(readFileSync(join(folder, name, 'checks.json'), 'utf8')) as Check[],
      ]),
    );
    if (suite.size === 0) throw new Error(`the conformance tool ran nothing: ${said}`);
    return suite;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A fixture that listens. */
export interface RunningFixture {
  readonly url: string;
  end(): Promise<void>;
}

/** Starts the fixture over HTTP, in both eras or only one. */
export async function startFixture(only?: '2025' | '2026'): Promise<RunningFixture> {
  const args = [FIXTURE, '--http', ...(only === undefined ? [] : ['--only', only])];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    url,
    async end() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** How many checks of a scenario passed, out of those that say pass or fail. */
export function passedOf(checks: readonly Check[]): { passed: number; judged: number } {
  const judged = checks.filter(({ status }) => status === 'SUCCESS' || status === 'FAILURE');
  return {
    passed: judged.filter(({ status }) => status === 'SUCCESS').length,
    judged: judged.length,
  };
}

/**
 * What passes with the server alone and does not through the broker, a line each.
 *
 * A check that only informs counts as passed: a stream that the tool server ends, for instance, is one the
 * broker comes back to by itself.
 */
export function lostThroughBroker(alone: Suite, through: Suite): readonly string[] {
  return [...alone].flatMap(([scenario, checks]) => {
    const seen = worst(through.get(scenario) ?? []);
    return [...worst(checks)]
      .filter(([id, { status }]) => {
        const there = seen.get(id)?.status;
        return status === 'SUCCESS' && there !== 'SUCCESS' && there !== 'INFO';
      })
      .map(([id]) => {
        const there = seen.get(id);
        return `${scenario}: ${id}: ${there?.status ?? 'absent'} ${there?.errorMessage ?? ''}`.trim();
      });
  });
}

const ORDER = ['SUCCESS', 'INFO', 'SKIPPED', 'WARNING', 'FAILURE'];

/** Each check once, as it ended worst: some run several times under one id. */
function worst(checks: readonly Check[]): ReadonlyMap<string, Check> {
  const found = new Map<string, Check>();
  for (const check of checks) {
    const earlier = found.get(check.id);
    const isWorse =
      earlier === undefined || ORDER.indexOf(check.status) > ORDER.indexOf(earlier.status);
    if (isWorse) found.set(check.id, check);
  }
  return found;
}
