import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { diskGrantFiles } from './admin/disk-grant-files.ts';
import { diskLockFile } from './admin/disk-lock-file.ts';
import type { AddressView, ClientView, DoctorContext } from './admin/doctor/doctor-context.ts';
import { type Examination, examine } from './admin/doctor/run-doctor.ts';
import { findClients } from './client-config/find-clients.ts';
import { findProjectClients } from './client-config/project-clients.ts';
import { folderServers, readServers } from './client-config/read-servers.ts';
import { originOf, scrubber } from './compose.ts';
import { withOwnNode } from './compose-pool.ts';
import { examineConfig } from './config/examine-config.ts';
import { isAlive } from './control-socket/ask-drain.ts';
import { heardByNobody } from './dispatch/tool-server.ts';
import { ALL_CLIENT_CAPABILITIES } from './domain/client-capabilities.ts';
import { openKeychain } from './keychain/open-keychain.ts';
import { openAnchorFile } from './keystore/open-anchor-file.ts';
import { openKeyStore } from './keystore/open-key-store.ts';
import { openProfileStore } from './keystore/open-profile-store.ts';
import { createToolServerConnector } from './mcp-client/connector.ts';
import { methodNotFound } from './respond/rpc-errors.ts';
import { openToRead, type ReadableState } from './sqlite/open-to-read.ts';
import { systemClock } from './system.ts';

/** What `doctor` was asked. */
export interface DoctorOptions {
  /** The value of `--config`, as typed. */
  readonly configPath?: string;
  /** Whether tool servers are started. */
  readonly starts: boolean;
  readonly progress: (text: string) => void;
  readonly version: string;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

const entropy = (size: number) => randomBytes(size);
const nothing = { read: async () => [] };

/** Looks at the installation this process belongs to. Opens nothing for writing. */
export async function runDoctor(options: DoctorOptions): Promise<Examination> {
  const uid = process.getuid?.();
  const { platform, env } = process;
  const settings = examineConfig({
    ...{ explicit: options.configPath, env, uid, platform },
    keychain: openKeychain({ env, uid }),
  });
  const { config } = settings;
  const place = { stateDir: config?.stateDir ?? '', uid, entropy };
  const clientPlace = { home: homedir(), env, platform };
  let state: ReadableState | undefined;

  const context: DoctorContext = {
    clock: systemClock,
    process: {
      nodeVersion: process.versions.node,
      nodePath: process.execPath,
      platform,
      uid,
      usualConfig: join(homedir(), '.config', 'toolgrant', 'mcp.config.json'),
    },
    settings,
    async openState() {
      state = config && (await openToRead(config.stateDir, systemClock));
      return state;
    },
    readAnchor: async () => (config ? openAnchorFile(place).read() : undefined),
    async checkpointKey() {
      // Asked for where there is none, the store would make one.
      const isThere = existsSync(join(place.stateDir, 'keys', 'checkpoint.json'));
      return isThere ? openKeyStore(place).checkpointKey() : undefined;
    },
    listProfiles: () => openProfileStore(place).list(),
    grantFiles: config ? diskGrantFiles(config.grantsDir, config.configDir, entropy) : nothing,
    // Only read: nobody else is kept away.
    lock: diskLockFile(config?.lockPath ?? '', (work) => work(), entropy),
    isAlive: (broker) => isAlive(broker),
    lookAtAddress,
    async readOffer(spec, withinMs) {
      const connector = createToolServerConnector({
        version: options.version,
        secrets: config?.secrets ?? [],
        ...(config === undefined ? {} : { scrub: scrubber(config) }),
        log: () => {},
      });
      const events = heardByNobody(methodNotFound());
      const signal = AbortSignal.any([options.signal, AbortSignal.timeout(withinMs)]);
      const connection = await connector.connect(withOwnNode(spec), events, {
        signal,
        capabilities: ALL_CLIENT_CAPABILITIES,
      });
      await connection.close();
      return connection.offer;
    },
    originOf: async (spec) => (config === undefined ? {} : originOf(config, spec.name)),
    async readClients() {
      const own = await findClients(clientPlace);
      // In the home folder a person's file and the folder's are the same.
      const known = new Set(own.map(({ path }) => path));
      const project = findProjectClients(process.cwd()).filter(({ path }) => !known.has(path));
      return [...(await viewClients(own, false)), ...(await viewClients(project, true))];
    },
    progress: options.progress,
  };
  try {
    return await examine(context, { starts: options.starts });
  } finally {
    state?.close();
  }
}

async function viewClients(
  found: Awaited<ReturnType<typeof findClients>>,
  isProject: boolean,
): Promise<readonly ClientView[]> {
  return Promise.all(
    found.map(async (one): Promise<ClientView> => {
      const { servers, problems } = await readServers(one);
      const { id, title, needsRestart } = one.client;
      const { path, isInstalled, problem } = one;
      const isUnreadable = problem === undefined && servers.length === 0 && problems.length > 0;
      const said = problem ?? (isUnreadable ? problems[0] : undefined);
      return {
        ...{ id, title, path, isProject, isInstalled, needsRestart, servers },
        inFolders: folderServers(one),
        leftOut: said === undefined ? problems : [],
        ...(said === undefined ? {} : { problem: said }),
      };
    }),
  );
}

/**
 * Tries to listen, and lets go at once. Whoever is there already is not asked who it is: a broker
 * records what it is asked.
 */
async function lookAtAddress(host: string, port: number): Promise<AddressView> {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  switch (code) {
    case undefined:
      return 'free';
    case 'EADDRINUSE':
      return 'taken';
    case 'EACCES':
    case 'EPERM':
      return 'forbidden';
    default:
      return 'absent';
  }
}
