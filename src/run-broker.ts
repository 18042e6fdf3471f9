import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { applyFromDisk } from './admin/apply-grants.ts';
import { checkAnchor, moveAnchor } from './admin/check-anchor.ts';
import { tellBrokers } from './admin/tell-brokers.ts';
import { buryDead } from './bury-dead.ts';
import { type OpenState, openState, type StateOptions } from './compose.ts';
import { type ComposedBroker, composeBroker } from './compose-broker.ts';
import { controlSocketPath } from './control-socket/control-path.ts';
import { serveControl } from './control-socket/serve-control.ts';
import { errorCode } from './domain/errors.ts';
import { lockFollower } from './follow-lock.ts';
import { keepCheckpoints } from './keep-checkpoints.ts';
import { keepIndex } from './keep-index.ts';
import { keepRetention } from './keep-retention.ts';
import { keepSmall } from './keep-small.ts';
import { openTelemetry, type Telemetry } from './open-telemetry.ts';
import { systemClock } from './system.ts';

/** A broker that runs: registered, reachable for revocations, its grants followed. */
export interface RunningBroker extends ComposedBroker {
  readonly state: OpenState;
  readonly telemetry: Telemetry;
}

/**
 * Starts a broker on a state: reachable and registered before it reads any right, orphans of dead
 * instances closed, grants that narrow applied.
 *
 * @param options.appliesAll also applies what widens, for GitOps (`serve --apply`).
 * @throws BrokerError when configuration, state or grants cannot be used.
 */
export async function runBroker(
  options: StateOptions & {
    readonly version: string;
    readonly appliesAll?: boolean;
    /** Serves from a database that is older than its local anchor. */
    readonly acceptsRollback?: boolean;
  },
): Promise<RunningBroker> {
  const state = await openState(options);
  const { config, instance, log, stores } = state;
  for (const warning of config.warnings) log.warn({}, warning);
  try {
    await checkAnchor(state.context, options.acceptsRollback === true);
  } catch (error) {
    state.close();
    throw error;
  }

  if (!stores.keepReserve()) {
    log.warn({}, 'the disk is nearly full: no room is kept back for what is refused once it is');
  }

  const lock = lockFollower(state, () => composed.drain());
  const { version } = options;
  const telemetry = openTelemetry(state, { version, hasMetrics: options.command === 'serve' });
  const composed: ComposedBroker = await composeBroker(state, version, lock.sync, telemetry);
  const control = await serveControl({
    path: controlSocketPath(config.stateDir, instance),
    onDrain: () => composed.drain(),
    onWatch: () => ({ sessions: composed.watched() }),
    log,
  });
  let stopFollowing = () => {};
  const stopIndexing = keepIndex(state);
  const stopPruning = keepRetention(state);
  const stopTidying = keepSmall(() => composed.inFlight.size > 0);
  const endCheckpoints = keepCheckpoints(state, options.command === 'serve' ? toStdout : undefined);
  async function close(): Promise<void> {
    stopFollowing();
    // Reachable as long as it is registered: a socket that is gone while its process runs looks silent.
    for (const step of [
      stopIndexing,
      stopPruning,
      stopTidying,
      composed.close,
      lock.close,
      () => leave(state),
      endCheckpoints,
      control.close,
    ]) {
      await step().catch((error: unknown) =>
        log.error({ error }, 'the broker did not end cleanly'),
      );
    }
    state.close();
  }
  try {
    await stores.brokers.register({
      instance,
      pid: process.pid,
      socket: control.path,
      startedAt: systemClock.now(),
    });
    await moveAnchor(state.context);
    const halt = await stores.halts.current();
    if (halt !== undefined)
      log.warn({ ...halt }, 'everything is halted; `toolgrant halt --lift` ends it');
    await buryDead(state);
    stopFollowing = await followGrants(state, composed, options.appliesAll === true);
    await lock.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { ...composed, state, telemetry, close };
}

const toStdout = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });

/** Unregisters; an outcome that could not be recorded leaves an intent, which is closed as unknown. */
async function leave({ context, instance, stores }: OpenState): Promise<void> {
  const open = await stores.brokers.openIntents(instance);
  if (open.length > 0) await stores.brokers.bury(instance);
  else await stores.brokers.unregister(instance);
  await moveAnchor(context);
}

const SETTLE_MS = 200;
const RETRY_MS = 5000;
/** What only a change of the files can mend. */
const BROKEN_FILE: ReadonlySet<string> = new Set(['ERR_GRANT', 'ERR_NOT_ENFORCED']);

/** Applies grants at start and whenever a file changes. Answers how to stop. */
async function followGrants(
  { config, context, instance, log }: OpenState,
  composed: ComposedBroker,
  appliesAll: boolean,
): Promise<() => void> {
  async function apply(mode: 'apply' | 'first-start' | 'auto'): Promise<void> {
    const { plan, changed, isNarrowing } = await applyFromDisk(context, mode);
    for (const { id, action } of changed) log.info({ grant: id, action }, 'grant applied');
    for (const { id } of plan.entries.filter(({ waits }) => waits)) {
      log.warn({ grant: id }, 'a grant that widens waits for `toolgrant grant apply`');
    }
    for (const { file, line, message } of plan.problems) log.error({ file, line }, message);
    if (changed.length === 0) return;
    await composed.drain();
    // Others follow the same files and find them applied.
    void tellBrokers(context, instance);
    if (isNarrowing) await moveAnchor(context);
  }
  let timer: NodeJS.Timeout | undefined;
  function applyIn(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      apply(appliesAll ? 'apply' : 'auto').catch((error: unknown) => {
        log.error({ error }, 'grants could not be applied; what was in force stays in force');
        // A broken file waits for its next change; a store that was busy does not change by itself.
        if (!BROKEN_FILE.has(errorCode(error))) applyIn(RETRY_MS);
      });
    }, ms);
  }
  const onChange = () => applyIn(SETTLE_MS);
  const folder = config.grantsDir;
  // Followed before they are first applied: a file that changes in between is not missed.
  let files = follow(folder, onChange);
  // A folder that is replaced, or made later, is another one than was followed.
  const place = follow(dirname(folder), (name) => {
    if (name !== null && name !== basename(folder)) return;
    files?.close();
    files = follow(folder, onChange);
    onChange();
  });
  function stop(): void {
    clearTimeout(timer);
    files?.close();
    place?.close();
  }
  try {
    await apply(appliesAll ? 'apply' : 'first-start');
  } catch (error) {
    stop();
    throw error;
  }
  return stop;

  function follow(path: string, onEvent: (name: string | null) => void): FSWatcher | undefined {
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => onEvent(name));
      watcher.on('error', (error) => log.warn({ path, error }, 'a folder is no longer followed'));
      return watcher;
    } catch (error) {
      log.warn({ path, error }, 'a folder cannot be followed: grants are read at the next start');
      return undefined;
    }
  }
}
