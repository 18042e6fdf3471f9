import { isAbsolute, resolve } from 'node:path';
import { isJsonObject } from '../domain/json.ts';
import { serverKeyFor } from './init-names.ts';
import type { InitClient, InitConfig, InitPorts, ServerWords } from './init-ports.ts';
import { withoutSecrets } from './init-secrets.ts';

/** Where a tool server was found. */
export interface Origin {
  /** The client's id. */
  readonly client: string;
  /** As the client's file names it. */
  readonly name: string;
}

/** A tool server of one or several clients, and what it is or would be called in the configuration. */
export interface Candidate {
  readonly name: string;
  readonly from: readonly Origin[];
  /** As it would be written, secrets still in it. */
  readonly entry: ServerWords;
  /** The configuration has it, under this name. */
  readonly isKnown: boolean;
  /** An entry of the configuration that has its name and says something else: one is taken for the other easily. */
  readonly resembles?: string;
  /** Whether every client that has it has it switched off. */
  readonly isDisabled: boolean;
  /** What only a client can supply: it is written switched off. */
  readonly problem?: string;
}

/**
 * Every tool server of the clients, once: entries that say the same are one. Names are made valid and
 * numbered where two servers share one; what the configuration has keeps its name and its entry.
 */
export function candidates(
  ports: Pick<InitPorts, 'home' | 'isSameServer'>,
  clients: readonly InitClient[],
  config: InitConfig,
): readonly Candidate[] {
  const { home } = ports;
  const known = Object.entries(config.servers).map(
    ([name, entry]) => ({ name, looks: looksOf(entry) }) as const,
  );
  const names = Object.keys(config.servers);
  const taken = new Set(names.map((name) => name.toLowerCase()));
  const found = new Map<string, Candidate>();
  for (const client of clients) {
    for (const server of client.servers) {
      if (server.isOurs) continue;
      const filled = withHome(server.entry, home);
      const entry = standingAlone(filled, home);
      const key = keyOf(entry);
      const origin = { client: client.id, name: server.name };
      const before = found.get(key);
      if (before !== undefined) {
        found.set(key, {
          ...before,
          from: [...before.from, origin],
          isDisabled: before.isDisabled && server.isDisabled,
        });
        continue;
      }
      const looks = looksOf(entry);
      const kept = known.find(
        (one) => one.looks === looks && ports.isSameServer(config, one.name, entry) !== false,
      )?.name;
      const name = kept ?? serverKeyFor(server.name, taken);
      const own = serverKeyFor(server.name, new Set()).toLowerCase();
      const other = kept === undefined ? names.find((one) => one.toLowerCase() === own) : undefined;
      taken.add(name.toLowerCase());
      found.set(key, {
        name,
        from: [origin],
        entry,
        isKnown: kept !== undefined,
        isDisabled: server.isDisabled,
        ...(other === undefined ? {} : { resembles: other }),
        // What is filled in is no problem any more; the configuration's own rules find any other.
        ...(server.problem === undefined || filled !== server.entry
          ? {}
          : { problem: server.problem }),
      });
    }
  }
  return [...found.values()];
}

/** Fills in the one thing of a client's that is the same everywhere: `${userHome}` of VS Code. */
function withHome(entry: ServerWords, home: string): ServerWords {
  const text = JSON.stringify(entry);
  const filled = text.replaceAll(/\$\{userHome\}/g, () => JSON.stringify(home).slice(1, -1));
  return filled === text ? entry : (JSON.parse(filled) as ServerWords);
}

/**
 * An entry that means the same wherever it lies. Relative paths of ours start at the configuration's
 * folder, and so would the process: a tool server that writes where it stands would write among the
 * grants. Clients start servers in the home folder, or in one they name.
 */
function standingAlone(entry: ServerWords, home: string): ServerWords {
  if ('url' in entry) {
    // The broker's own towards every tool server: it says the same.
    const headers = Object.entries(entry.headers).filter(
      ([name]) => !/^(?:accept|content-type|mcp-protocol-version)$/i.test(name),
    );
    return { ...entry, headers: Object.fromEntries(headers) };
  }
  const cwd = entry.cwd === undefined ? home : resolve(home, entry.cwd);
  const absolute = (text: string): string =>
    /^\.\.?(?:[/\\]|$)/.test(text) ? resolve(cwd, text) : text;
  const { command } = entry;
  const isRelativePath = /[/\\]/.test(command) && !isAbsolute(command) && !command.startsWith('$');
  return {
    command: isRelativePath ? resolve(cwd, command) : command,
    args: entry.args.map(absolute),
    env: entry.env,
    cwd,
  };
}

/** An entry as far as it tells one server from another: secrets and references to them are alike. */
function looksOf(entry: unknown): string {
  if (!isJsonObject(entry)) return '';
  const { command, url } = entry;
  const texts = (value: unknown): readonly string[] =>
    Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  const record = (value: unknown): Record<string, string> =>
    isJsonObject(value)
      ? Object.fromEntries(
          Object.entries(value).filter(([, one]) => typeof one === 'string') as [string, string][],
        )
      : {};
  const words: ServerWords =
    typeof url === 'string'
      ? { type: 'http', url, headers: record(entry.headers) }
      : {
          command: typeof command === 'string' ? command : '',
          args: texts(entry.args),
          env: record(entry.env),
        };
  // People put references in the place of what a client filled in.
  return keyOf(withoutSecrets(words)).replaceAll(/\$\{[^}]*\}/g, JSON.stringify('\0').slice(1, -1));
}

/** Alike for entries that say the same, in whatever order. */
function keyOf(entry: ServerWords): string {
  const sorted = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return 'url' in entry
    ? JSON.stringify([entry.url, sorted(entry.headers)])
    : JSON.stringify([entry.command, entry.args, sorted(entry.env), entry.cwd ?? null]);
}
