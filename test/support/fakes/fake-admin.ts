import type { AdminContext, DrainAnswer } from '../../../src/admin/admin-context.ts';
import type { GrantFiles } from '../../../src/admin/grant-files.ts';
import type { LockFile } from '../../../src/admin/lock-file.ts';
import { BrokerError } from '../../../src/domain/errors.ts';
import type { Json } from '../../../src/domain/json.ts';
import { DEFAULT_MONITOR } from '../../../src/monitor/ladder.ts';
import { memoryKeys } from '../memory-keys.ts';
import {
  FakeState,
  fakeAdmissionStore,
  fakeApprovalStore,
  fakeBrokerStore,
  fakeCatalogStore,
  fakeEventStore,
  fakeGrantStore,
  fakeHaltStore,
  fakeKeyStateStore,
  fakeProfileStore,
  fakeSessionStore,
  fakeUpkeepStore,
} from './fake-stores.ts';
import { MemoryMonitorStore } from './memory-monitor-store.ts';

/** An admin context over state in memory, with the state in reach of the test. */
export interface FakeAdmin {
  readonly context: AdminContext;
  readonly state: FakeState;
  /** Grant files by name, such as `grants/a.yaml`. */
  readonly files: Map<string, string>;
  /** What live brokers answer, by instance; drained without a cancelled call when absent. */
  readonly answers: Map<string, DrainAnswer | Error>;
  /** What they say of the sessions they watch, by instance. */
  readonly watched: Map<string, Json>;
}

function fakeGrantFiles(files: Map<string, string>): GrantFiles {
  return {
    read: async () =>
      [...files]
        .filter(([file]) => !file.endsWith('.draft'))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([file, text]) => ({ file, text })),
    readOne: async (file) => files.get(file),
    pathFor: (id) => `grants/${id}.yaml`,
    async create(file, text) {
      if (files.has(file)) throw new BrokerError('ERR_USAGE', `${file} exists`);
      files.set(file, text);
    },
    async replace(file, text) {
      files.set(file, text);
    },
    async discard(file) {
      files.delete(file);
    },
  };
}

/** Where the lock file lies among the files. */
export const FAKE_LOCK = 'mcp.lock.json';

const fakeLockFile = (files: Map<string, string>): LockFile => ({
  path: `/conf/${FAKE_LOCK}`,
  read: async () => files.get(FAKE_LOCK),
  update: (work) =>
    work(files.get(FAKE_LOCK), async (text) => {
      files.set(FAKE_LOCK, text);
    }),
});

/** Makes a fake admin context. Entropy counts, so ids differ and repeat from run to run. */
export function fakeAdmin(
  options: {
    readonly serverNames?: readonly string[];
    readonly asksFirst?: readonly string[];
  } = {},
): FakeAdmin {
  const state = new FakeState();
  const files = new Map<string, string>();
  const answers = new Map<string, DrainAnswer | Error>();
  const watched = new Map<string, Json>();
  let drawn = 0;
  const context: AdminContext = {
    grants: fakeGrantStore(state),
    halts: fakeHaltStore(state),
    sessions: fakeSessionStore(state),
    profiles: fakeProfileStore(state),
    keys: memoryKeys(),
    keyStates: fakeKeyStateStore(state),
    events: fakeEventStore(state),
    upkeep: fakeUpkeepStore(),
    shipments: { sentTo: async () => 0, noteSent: async () => {} },
    sync: async () => {},
    shipTargets: [],
    aloneShipping: (work) => work(),
    retention: {},
    admission: fakeAdmissionStore(state),
    approvals: fakeApprovalStore(),
    catalog: fakeCatalogStore(state),
    monitor: new MemoryMonitorStore(),
    monitorSettings: DEFAULT_MONITOR,
    asksFirst: options.asksFirst ?? [],
    labelsOf: () => [],
    lock: fakeLockFile(files),
    brokers: fakeBrokerStore(state),
    anchor: {
      read: async () => undefined,
      write: async () => {},
      alone: (work) => work(),
    },
    async drain(broker) {
      const answer = answers.get(broker.instance) ?? { kind: 'drained', cancelled: 0 };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    watch: async ({ instance }) => watched.get(instance),
    clock: { now: () => state.now, nowMicros: () => state.now * 1000, monotonicMs: () => 0 },
    entropy: (size) => {
      drawn += 1;
      return new Uint8Array(size).fill(drawn);
    },
    actor: { uid: 1000, pid: 42, terminal: false, command: 'test' },
    serverNames: options.serverNames ?? ['files', 'github'],
    grantFiles: fakeGrantFiles(files),
    grantsDir: '/conf/grants',
    configDir: '/conf',
  };
  return { context, state, files, answers, watched };
}
