import { BrokerError } from '../domain/errors.ts';
import type { LiveBroker, OpenIntent } from '../session/live-broker-store.ts';
import type { AdminContext, DrainAnswer } from './admin-context.ts';
import { moveAnchor } from './check-anchor.ts';

/** A live broker that did not answer, and the calls it may still be running. */
export interface SilentBroker {
  readonly broker: LiveBroker;
  readonly openIntents: readonly OpenIntent[];
}

/** What came of asking every live broker to re-read rights and drain. */
export interface DrainReport {
  /** Live brokers that re-read and drained. */
  readonly reached: number;
  /** Live brokers: those reached and those silent. Dead ones are buried and do not count. */
  readonly total: number;
  /** Calls cancelled over all of them; their results are withheld. */
  readonly cancelled: number;
  readonly silent: readonly SilentBroker[];
  /** Dead brokers whose registration was removed. */
  readonly buried: number;
  readonly elapsedMs: number;
}

/**
 * Asks each live broker to re-read rights and drain, all at once. Called after a change has been
 * committed: a broker registers before its first read, so one that is not listed yet reads the new
 * state. A broker that is neither drained nor known to be dead counts as silent.
 *
 * The local anchor moves up afterwards, so that the change outlives a database put back from before it.
 *
 * @throws BrokerError `ERR_UNREACHABLE` when the register cannot be read or the anchor not be written;
 * the change stands.
 */
export async function drainBrokers(context: AdminContext): Promise<DrainReport> {
  const startedMs = context.clock.monotonicMs();
  const report = { reached: 0, total: 0, cancelled: 0, buried: 0, silent: [] as SilentBroker[] };
  try {
    const brokers = await context.brokers.list();
    const answers = await Promise.all(brokers.map((broker) => ask(context, broker)));
    for (const { broker, answer } of answers) {
      switch (answer.kind) {
        case 'drained':
          report.reached += 1;
          report.cancelled += answer.cancelled;
          break;
        case 'dead':
          await context.brokers.bury(broker.instance);
          report.buried += 1;
          break;
        case 'silent':
          // It may have left meanwhile: it does once nothing of it runs any more.
          if (!(await isRegistered(context, broker))) break;
          report.silent.push({
            broker,
            openIntents: await context.brokers.openIntents(broker.instance),
          });
          break;
      }
    }
  } catch (error) {
    throw new BrokerError(
      'ERR_UNREACHABLE',
      'the change is committed, but live brokers could not all be asked to drain',
      { cause: error, hint: 'run the same command again: it asks them once more' },
    );
  }
  const elapsedMs = Math.round(context.clock.monotonicMs() - startedMs);
  await moveAnchor(context).catch((cause: unknown) => {
    throw new BrokerError(
      'ERR_UNREACHABLE',
      'the change is committed and brokers were asked to drain, but the local anchor was not written',
      { cause, hint: 'look at the state folder and its disk, and run the same command again' },
    );
  });
  return { ...report, total: report.reached + report.silent.length, elapsedMs };
}

const isRegistered = async (context: AdminContext, { instance }: LiveBroker): Promise<boolean> =>
  (await context.brokers.list()).some((broker) => broker.instance === instance);

async function ask(
  context: AdminContext,
  broker: LiveBroker,
): Promise<{ readonly broker: LiveBroker; readonly answer: DrainAnswer }> {
  try {
    return { broker, answer: await context.drain(broker) };
  } catch {
    return { broker, answer: { kind: 'silent' } };
  }
}
