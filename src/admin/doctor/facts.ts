import type { GrantRecord } from '../../authorize/grant-record.ts';
import type { LockEntries } from '../../catalog/lock-entry.ts';
import type { ToolServerSpec } from '../../dispatch/tool-server.ts';
import type { PinnedServer, ServerOffer } from '../../domain/catalog-record.ts';
import { BrokerError, errorCode } from '../../domain/errors.ts';
import type { Profile } from '../../session/profile-store.ts';
import { readLock } from '../sync-lock.ts';
import type { DoctorContext, StateView } from './doctor-context.ts';

/** Something that was read once for all checks, or why it could not be. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly what: string; readonly remedy?: string };

/** How starting one tool server went. */
export type Start =
  | { readonly kind: 'started'; readonly offer: ServerOffer; readonly readyMs: number }
  | { readonly kind: 'failed'; readonly what: string; readonly remedy?: string }
  /** Somebody has to approve it first; the files that name it are others' to write; nobody wanted it. */
  | { readonly kind: 'asks' | 'unsafe' | 'left_out' };

/** What checks look at. */
export interface Facts {
  readonly context: DoctorContext;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Absent: no configuration says where it is. `value` undefined: there is no database. */
  readonly state?: Read<StateView | undefined>;
  readonly grants?: Read<readonly GrantRecord[]>;
  /** Of the configured servers that were seen, by name. */
  readonly pinned?: Read<ReadonlyMap<string, PinnedServer>>;
  readonly lock?: Read<LockEntries>;
  readonly profiles?: Read<readonly Profile[]>;
  readonly starts: ReadonlyMap<string, Start>;
}

/** Tries something; of what is no `BrokerError` only the kind is told. */
export async function attempt<T>(work: () => Promise<T>): Promise<Read<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!(error instanceof BrokerError)) return { ok: false, what: errorCode(error) };
    const { message: what, hint } = error;
    return { ok: false, what, ...(hint === undefined ? {} : { remedy: hint }) };
  }
}

/** Reads everything that can be read, and starts the tool servers if that is wanted and safe. */
export async function gatherFacts(
  context: DoctorContext,
  options: { readonly starts: boolean },
): Promise<Facts> {
  const now = context.clock.now();
  const { config } = context.settings;
  if (config === undefined) return { context, now, starts: new Map() };
  const state = await attempt(() => context.openState());
  const stores = state.ok ? state.value?.stores : undefined;
  const names = new Set(config.specs.map(({ name }) => name));
  const pinned =
    stores &&
    (await attempt(async () => {
      const { servers } = stores.catalog.snapshot();
      return new Map([...servers].filter(([name]) => names.has(name)));
    }));
  const grants = stores && (await attempt(() => stores.grants.all()));
  return {
    context,
    now,
    state,
    ...(grants === undefined ? {} : { grants }),
    ...(pinned === undefined ? {} : { pinned }),
    lock: await attempt(() => readLock(context)),
    profiles: await attempt(() => context.listProfiles()),
    starts: await startAll(context, options.starts, pinned?.ok ? pinned.value : new Map()),
  };
}

const AT_ONCE = 3;
/** Beyond the time a server has to be ready: its list of tools, and its end. */
const EXTRA_MS = 10_000;

/**
 * Starts every tool server once, a few at a time. Attack: who can write the configuration has `doctor`
 * run a program of theirs, so nothing is started from files that others can write.
 */
async function startAll(
  context: DoctorContext,
  isWanted: boolean,
  pinned: ReadonlyMap<string, PinnedServer>,
): Promise<ReadonlyMap<string, Start>> {
  const { config, faults } = context.settings;
  const starts = new Map<string, Start>();
  const isSafe = !faults.some(({ kind }) => kind === 'unsafe');
  const waiting = [...(config?.specs ?? [])];
  async function next(): Promise<void> {
    for (let spec = waiting.shift(); spec !== undefined; spec = waiting.shift()) {
      const { name } = spec;
      if (config?.asksFirst.includes(name) && !pinned.has(name)) starts.set(name, { kind: 'asks' });
      else if (!isWanted) starts.set(name, { kind: 'left_out' });
      else if (!isSafe) starts.set(name, { kind: 'unsafe' });
      else starts.set(name, await start(context, spec));
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return starts;
}

async function start(context: DoctorContext, spec: ToolServerSpec): Promise<Start> {
  context.progress(`starting ${spec.name}`);
  const from = context.clock.monotonicMs();
  const read = await attempt(() => context.readOffer(spec, spec.startTimeoutMs + EXTRA_MS));
  if (!read.ok) {
    const remedy = read.remedy === undefined ? {} : { remedy: read.remedy };
    return { kind: 'failed', what: read.what, ...remedy };
  }
  const readyMs = Math.round(context.clock.monotonicMs() - from);
  return { kind: 'started', offer: read.value, readyMs };
}
