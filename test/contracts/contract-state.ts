import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach } from 'vitest';
import type { Appended, NotAppended } from '../../src/admit/admission-store.ts';
import { type InstanceId, newSessionId, newTokenId, type SessionId } from '../../src/domain/ids.ts';
import type { SessionRecord } from '../../src/domain/session-record.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { createTestClock, type TestClock } from '../support/sqlite/test-stores.ts';
import type { StoresUnderContract } from './stores-under-contract.ts';

/** A fresh state before each test: one opened store set, a frozen clock, and what tests need often. */
export class ContractState {
  stores!: Stores;
  clock!: TestClock;
  #implementation: StoresUnderContract;
  #state!: ReturnType<StoresUnderContract['newState']>;
  #opened: Stores[] = [];

  constructor(implementation: StoresUnderContract) {
    this.#implementation = implementation;
    beforeEach(async () => {
      this.clock = createTestClock();
      this.#state = this.#implementation.newState();
      this.stores = await this.reopen();
    });
    afterEach(() => {
      for (const stores of this.#opened.splice(0)) stores.close();
      this.#state.remove();
    });
  }

  /** Another connection to the same state, as another process has it. */
  async reopen(instance?: InstanceId): Promise<Stores> {
    const stores = await this.#state.open(this.clock, instance);
    this.#opened.push(stores);
    return stores;
  }

  async openSession(members: Partial<SessionRecord> = {}): Promise<SessionRecord> {
    const session: SessionRecord = {
      id: newSessionId(randomBytes),
      subject: 'alice',
      tokenId: newTokenId(randomBytes),
      openedAt: this.clock.now(),
      expiresAt: this.clock.now() + 3_600_000,
      state: 'active',
      calls: 0,
      ...members,
    };
    await this.stores.sessions.open(session, { code: 'TG2002' });
    return session;
  }

  admit(sessionId: SessionId, epoch = this.stores.admission.epoch(), stores = this.stores) {
    return stores.admission.admit({
      epoch,
      sessionId,
      intent: { code: 'TG1001', subject: 'alice', server: 'files', tool: 'read' },
    });
  }

  release(sessionId: SessionId, intent: number, epoch = this.stores.admission.epoch()) {
    return this.stores.admission.release({
      epoch,
      sessionId,
      outcome: { code: 'TG1002', outcome: 'ok', intent },
    });
  }
}

/** The sequence number of an append that must have been made. */
export function seqOf(answer: Appended | NotAppended): number {
  if (answer.kind !== 'appended') throw new Error(`not appended: ${answer.kind}`);
  return answer.seq;
}
