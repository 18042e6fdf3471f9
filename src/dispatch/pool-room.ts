import { BrokerError } from '../domain/errors.ts';
import type { Entries, PoolEntry } from './pool-entry.ts';
import type { ToolServerSpec } from './tool-server.ts';

/** Connections to HTTP tool servers at once; each keeps its server's definitions in memory. */
const MAX_DIALLED = 256;
/** Client capabilities that connections to one server are shown for one owner, each of them different. */
const MAX_FORMS = 4;
/**
 * Connections to one server for one owner that are shown the same: all but one are beside held calls,
 * of which a session has sixteen at most. A process costs more than a connection.
 */
export const MAX_ALIKE: Readonly<Record<ToolServerSpec['kind'], number>> = { stdio: 3, http: 17 };

/** How many connections there may be, and which goes first. */
export interface PoolRoom {
  /** Processes alive at once. */
  readonly maxProcesses: number;
  /** Of them for one subject, those it shares with nobody. */
  readonly maxProcessesPerSubject: number;
  readonly entries: Entries;
  readonly end: (entry: PoolEntry) => Promise<void>;
}

/** Whether somebody waits for an entry, holds it, or has something going on there. */
export const isInUse = ({ users, kept }: PoolEntry): boolean => users > 0 || kept > 0;

/**
 * Makes room for one more connection, ending the one that was idle longest: the owner's own when it has
 * too many kinds of them, the subject's own when its share is used up.
 *
 * Attack: sessions without end, each with processes of its own; or one client that says at each request
 * that it can do something else.
 *
 * @returns settles when what made room is gone.
 * @throws BrokerError `ERR_SERVER_LIMIT` when all are in use.
 */
export function makeRoom(
  { entries, end, maxProcesses, maxProcessesPerSubject }: PoolRoom,
  wanted: {
    readonly kind: ToolServerSpec['kind'];
    readonly key: string;
    readonly form: string;
    readonly subject: string | undefined;
  },
): Promise<void> {
  const { kind, key, form, subject } = wanted;
  const forms = Map.groupBy(entries.of(key), (entry) => entry.form);
  if (forms.size >= MAX_FORMS && !forms.has(form)) {
    const lone = [...forms.values()].filter((alike) => alike.length === 1).flat();
    return endIdlest(lone, end, 'one session shows too many client capabilities');
  }
  const alike = entries.all().filter(({ spec }) => spec.kind === kind);
  const own = alike.filter(({ owner }) => subject !== undefined && owner.subject === subject);
  const most = kind === 'stdio' ? maxProcesses : MAX_DIALLED;
  if (kind === 'stdio' && own.length >= maxProcessesPerSubject) {
    return endIdlest(own, end, `${own.length} tool servers of one subject are in use`);
  }
  if (alike.length < most) return Promise.resolve();
  return endIdlest(alike, end, `${most} tool servers are in use already`);
}

function endIdlest(
  candidates: readonly PoolEntry[],
  end: PoolRoom['end'],
  problem: string,
): Promise<void> {
  const idle = candidates
    .filter((entry) => !isInUse(entry) && entry.connection !== undefined)
    .sort((a, b) => a.lastUsedAt - b.lastUsedAt)[0];
  if (idle === undefined) throw new BrokerError('ERR_SERVER_LIMIT', problem);
  return end(idle);
}
