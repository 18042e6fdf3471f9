import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { expect } from 'vitest';
import type { Finding, Level } from '../../../src/admin/doctor/finding.ts';
import { expectDiscreet } from './expect-error.ts';
import { configOf, type Ended, grantText, Place, type Running, TOOLGRANT } from './place.ts';

const DEFINED = fileURLToPath(new URL('../tool-servers/defined.mjs', import.meta.url));

/** Definitions of the tool server `s`. */
export const TOOLS = [
  { name: 'read', description: 'Reads a file.', inputSchema: { type: 'object' } },
  { name: 'write', description: 'Writes a file.', inputSchema: { type: 'object' } },
];

/** The entry of the tool server `s`, the same wherever the place lies. */
export const definedEntry = () => ({
  command: process.execPath,
  args: [DEFINED, './journal.jsonl', './definitions.json'],
});

/** One way to spoil a sound place, and findings that this must bring: check, level, end of where. */
export interface Spoiled {
  readonly how: string;
  readonly spoil: (place: ExaminedPlace) => unknown;
  readonly found: readonly (readonly [check: string, level: Level, where: string])[];
  readonly exit: number;
  /** Whether tool servers are started. */
  readonly starts?: true;
}

/** Spoils a copy, has `doctor` look at it, and compares. */
export async function expectFound(sound: ExaminedPlace, row: Spoiled): Promise<void> {
  const place = copyOf(sound);
  await row.spoil(place);
  const before = place.files();
  const { ended, findings } = await place.doctor(row.starts ? [] : ['--no-start']);
  if (row.starts === undefined) expect(place.files()).toEqual(before);
  expectDiscreet(ended);
  const said = findings.map(({ check, level, where }) => ({ check, level, where }));
  for (const [check, level, where] of row.found) {
    expect(said).toContainEqual({ check, level, where: expect.stringMatching(endOf(where)) });
  }
  expect(ended.code).toBe(row.exit);
  const isBad = ({ level }: Finding) => level === 'problem' || level === 'warning';
  const unhelpful = findings.filter((one) => isBad(one) && one.remedy === null);
  expect(unhelpful).toEqual([]);
}

const endOf = (text: string): RegExp => new RegExp(`${text.replaceAll(/[.()]/g, '\\$&')}$`);

/** What `doctor --json` said. */
export interface Examined {
  readonly ended: Ended;
  readonly findings: readonly Finding[];
  /** Without what is sound and what is only worth knowing. */
  readonly bad: readonly Finding[];
}

/** A place with a home of its own, which `doctor` looks at. */
export class ExaminedPlace extends Place {
  readonly home: string = join(this.dir, 'home');

  /** Runs `doctor --json`. */
  async doctor(args: readonly string[] = [], running: Running = {}): Promise<Examined> {
    const ended = await this.command(['doctor', '--json', ...args], running);
    const findings = JSON.parse(ended.stdout) as Finding[];
    const isBad = ({ level }: Finding) => level === 'problem' || level === 'warning';
    return { ended, findings, bad: findings.filter(isBad) };
  }

  /** Runs a command in this place and with its home. */
  command(args: readonly string[], running: Running = {}): Promise<Ended> {
    const env = { HOME: this.home, XDG_CONFIG_HOME: undefined, ...running.env };
    return this.run(args, { cwd: this.home, ...running, env });
  }

  /** Writes a file below the home folder. */
  put(name: string, content: object | string): void {
    const path = join(this.home, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }

  /** Changes the configuration's tool servers and other members. */
  configure(servers: object, more: object = {}): void {
    this.writeConfig(configOf({ mcpServers: { s: definedEntry(), ...servers }, ...more }));
  }

  /** Changes what the tool server offers. */
  define(definitions: readonly object[]): void {
    writeFileSync(join(this.dir, 'definitions.json'), JSON.stringify(definitions));
  }

  /** Has the tool server run from a file with other bytes, which does the same. */
  runsAnother(): void {
    const copy = join(this.dir, 'defined.mjs');
    writeFileSync(copy, `${readFileSync(DEFINED, 'utf8')}\n// changed\n`);
    const { command, args } = definedEntry();
    this.configure({ s: { command, args: [copy, ...args.slice(1)] } });
  }

  /** Changes the database behind everybody's back. */
  sql(...statements: readonly string[]): void {
    const db = new Sqlite(this.database);
    for (const statement of statements) db.exec(statement);
    db.close();
  }

  /** The entry `connect` writes, with some of its words changed. */
  entry(changes: { command?: string; cli?: string; profile?: string; config?: string } = {}) {
    const { command = process.execPath, cli = TOOLGRANT } = changes;
    const { profile = 'claude-code', config = this.config } = changes;
    return { command, args: [cli, 'stdio', '--profile', profile, '--config', config] };
  }

  /** Writes Claude Code's file with these servers. */
  connect(servers: object): void {
    this.put('.claude.json', { mcpServers: servers });
  }
}

/** A copy of a sound place, which nothing done to it changes. */
export function copyOf(sound: ExaminedPlace): ExaminedPlace {
  const place = new ExaminedPlace(sound);
  place.connect({ tg: place.entry() });
  return place;
}

/** A place where nothing is wrong: approved, granted, connected. */
export async function soundPlace(): Promise<ExaminedPlace> {
  const place = new ExaminedPlace();
  mkdirSync(place.home);
  place.configure({});
  place.define(TOOLS);
  place.writeGrant('alice-s.yaml', grantText());
  place.connect({ tg: place.entry() });
  for (const command of [
    ['grant', 'apply', '--yes'],
    ['tools', 'approve', 's', '--yes'],
    ['connect', 'claude-code', '--subject', 'alice', '--print'],
  ]) {
    const { code, stderr } = await place.command(command);
    if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  }
  return place;
}
