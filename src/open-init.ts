import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { InitClient, InitConfig, InitPorts } from './admin/init-ports.ts';
import { storeSecret } from './admin/store-secret.ts';
import { type FoundClient, findClients } from './client-config/find-clients.ts';
import { folderServers, readServers } from './client-config/read-servers.ts';
import { checkConfigFile } from './config/check-permissions.ts';
import type { Environment } from './config/clean-environment.ts';
import { withDisabled, withEntries } from './config/edit-config.ts';
import { type ConfigPlaces, entryProblem } from './config/entry-problem.ts';
import { configPlace } from './config/find-config.ts';
import { loadConfig } from './config/load-config.ts';
import { readConfigFile } from './config/read-config-file.ts';
import { isSameServer } from './config/same-server.ts';
import { writeConfigFile } from './config/write-config-file.ts';
import { BrokerError } from './domain/errors.ts';
import type { SecretPlace } from './domain/secret-place.ts';

/** What of the machine `init` is given. */
export interface InitPlace {
  /** The value of `--config`, as typed. */
  readonly configPath?: string | undefined;
  readonly env: Environment;
  readonly home: string;
  readonly userName: string;
  readonly platform: string;
  readonly uid: number | undefined;
  secretPlaceAt(configDir: string): SecretPlace;
}

/** Most names a secret is tried under when others are taken by other values. */
const MOST_NAMES = 9;

/** What `toolgrant init` reaches the machine through. */
export function openInit(place: InitPlace): InitPorts {
  const { env, home, platform, uid, userName } = place;
  const path = configPlace({ explicit: place.configPath, env, home });

  function read(): InitConfig {
    // Also where there is none yet: who can write on the way to it would put one in its place.
    checkConfigFile(path, uid);
    if (!existsSync(path)) return { path, text: undefined, servers: {} };
    const { mcpServers } = readConfigFile(path);
    return { path, text: readFileSync(path, 'utf8'), servers: mcpServers };
  }

  return {
    home,
    userName,
    async clients() {
      const installed = (await findClients({ home, env, platform })).filter(
        ({ isInstalled }) => isInstalled,
      );
      const clients: InitClient[] = [];
      for (const one of installed) {
        const { servers, problems } = await readServers(one);
        const past = folderServers(one).map(
          (server) =>
            `${one.client.title} has ${server} alone, where it is reached without the broker`,
        );
        clients.push({ ...clientOf(one), servers, problems: [...problems, ...past] });
      }
      return clients;
    },
    config: async () => read(),
    entryProblem: (config, name, entry) =>
      entryProblem(placesOf(config, env), name, entry, env, platform),
    isSameServer({ servers }, name, entry) {
      const configDir = dirname(path);
      const { keychain } = place.secretPlaceAt(configDir);
      return isSameServer(servers[name] ?? {}, entry, { configDir, env, keychain, platform });
    },
    withServers: ({ text }, added) => withEntries(text, added),
    withDisabled: ({ text }, names) => withDisabled(text ?? '', names),
    async writeConfig({ text }, after) {
      if (after !== text) writeConfigFile(path, text, after, randomBytes(6).toString('hex'));
      return read();
    },
    async keepSecret(name, value) {
      const secrets = place.secretPlaceAt(dirname(path));
      for (let number = 1; ; number += 1) {
        const tried = number === 1 ? name : `${name}-${number}`;
        try {
          return storeSecret(secrets, tried, value);
        } catch (error) {
          // Taken by another value, which something may refer to.
          const isTaken = error instanceof BrokerError && error.code === 'ERR_USAGE';
          if (!isTaken || number === MOST_NAMES) throw error;
        }
      }
    },
  };
}

function clientOf({ client, path, exists, isWritable, problem }: FoundClient) {
  const why =
    client.connect === 'print-only'
      ? (client.note ?? 'its file is not one we edit')
      : exists && !isWritable
        ? (problem ??
          'its file is read-only for this user: make it writable, then run the same command again')
        : undefined;
  return {
    id: client.id,
    title: client.title,
    path,
    needsRestart: client.needsRestart,
    ...(why === undefined ? {} : { notConnectable: why }),
  };
}

/** A configuration that is still to be made keeps everything beside itself. */
function placesOf({ path, text }: InitConfig, env: Environment): ConfigPlaces {
  if (text !== undefined) return loadConfig(path, env, { leavesServersOut: true });
  const configDir = dirname(path);
  return {
    configPath: path,
    configDir,
    grantsDir: join(configDir, 'grants'),
    stateDir: join(configDir, '.toolgrant'),
    lockPath: join(configDir, 'mcp.lock.json'),
  };
}
