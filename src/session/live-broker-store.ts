import type { InstanceId } from '../domain/ids.ts';

/** A broker process that registered itself on this state. */
export interface LiveBroker {
  readonly instance: InstanceId;
  readonly pid: number;
  /** Path of its control socket. */
  readonly socket: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/** An intent without an outcome. */
export interface OpenIntent {
  readonly seq: number;
  readonly instance: InstanceId;
  readonly session: string;
  readonly server: string;
  readonly tool: string;
}

/** The register of live brokers, kept in the state itself. */
export interface LiveBrokerStore {
  /** Registers before the first read of rights, with its `broker.started` event. */
  register(broker: LiveBroker): Promise<void>;
  /** Removes the registration, with its `broker.stopped` event. */
  unregister(instance: InstanceId): Promise<void>;
  list(): Promise<readonly LiveBroker[]>;
  /** Intents without outcome, oldest first; of one instance when given. */
  openIntents(instance?: InstanceId): Promise<readonly OpenIntent[]>;
  /**
   * Removes a dead instance and closes its open intents as `unknown` (`call.outcome`), one
   * transaction with a `broker.lost` event. Does nothing when another process was first.
   *
   * @returns how many intents were closed.
   */
  bury(instance: InstanceId): Promise<number>;
}
