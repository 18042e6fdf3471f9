import type { CliDeps } from '../../../src/cli/cli-deps.ts';
import { runCli } from '../../../src/cli/run-cli.ts';
import { DEFAULT_MONITOR } from '../../../src/monitor/ladder.ts';
import { type FakeAdmin, fakeAdmin } from './fake-admin.ts';
import { fakeClientFiles } from './fake-client-files.ts';
import { type FakeSecrets, fakeSecrets } from './fake-secrets.ts';

/** What a command line left behind. */
export interface Transcript {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A CLI over a fake admin context. */
export interface FakeCli extends FakeAdmin {
  readonly secrets: FakeSecrets;
  /** What it runs on; what is written goes nowhere. */
  readonly deps: CliDeps;
  /** Commands `openAdmin` was asked for, in order, and how many were closed. */
  readonly opened: string[];
  readonly closed: { count: number };
  run(...argv: readonly string[]): Promise<Transcript>;
}

/** Makes a CLI whose dependencies are fakes, but for those given. */
export function fakeCli(overrides: Partial<CliDeps> = {}): FakeCli {
  const admin = fakeAdmin();
  const secrets = fakeSecrets();
  const opened: string[] = [];
  const closed = { count: 0 };
  const deps: CliDeps = {
    async openAdmin({ command }) {
      opened.push(command);
      return {
        context: admin.context,
        config: { configPath: '/conf/mcp.config.json', warnings: [], keychainReferences: [] },
        async close() {
          closed.count += 1;
        },
      };
    },
    openReview: async () => ({ ...admin.context, warnings: [] }),
    readMonitorSettings: async () => DEFAULT_MONITOR,
    secretPlaceAt: () => secrets,
    clientFiles: async () => fakeClientFiles(),
    mintToken: async () => 'THE.TO.KEN',
    readOffer: async () => {
      throw new Error('no tool server here');
    },
    openInit: async () => {
      throw new Error('no machine here');
    },
    runServe: async () => 0,
    runStdio: async () => 0,
    runCall: async () => ({ kind: 'cancelled' }),
    knownWords: async () => ({ servers: [], tools: [], grants: [], profiles: [], secrets: [] }),
    runDoctor: async () => ({ findings: [], isUsable: true }),
    clients: [{ id: 'claude-desktop', title: 'Claude Desktop', needsRestart: 'quit it' }],
    invokedAs: 'npx toolgrant',
    version: '9.9.9',
    cwd: '/conf',
    nodePath: '/n/node',
    cliPath: '/t/cli.js',
    stdout: () => {},
    handOn: async () => {},
    stderr: () => {},
    isTerminal: { stdin: false, stdout: false, stderr: false },
    env: {},
    readStdin: async () => '',
    readTextFile: async () => {
      throw new Error('ENOENT');
    },
    now: () => admin.state.now,
    confirm: async () => {
      throw new Error('nobody to ask');
    },
    askLine: async () => {
      throw new Error('nobody to ask');
    },
    askHidden: async () => {
      throw new Error('nobody to ask');
    },
    wait: async () => {},
    signal: AbortSignal.abort(),
    ...overrides,
  };
  return {
    ...admin,
    secrets,
    deps,
    opened,
    closed,
    async run(...argv) {
      let stdout = '';
      let stderr = '';
      const code = await runCli(argv, {
        ...deps,
        stdout: (text) => {
          stdout += text;
        },
        handOn: async (text) => {
          stdout += text;
        },
        stderr: (text) => {
          stderr += text;
        },
        ...overrides,
      });
      return { code, stdout, stderr };
    },
  };
}
