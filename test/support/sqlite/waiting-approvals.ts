import { randomBytes } from 'node:crypto';
import type { AdminContext } from '../../../src/admin/admin-context.ts';
import type { ApprovalSubject } from '../../../src/approve/approval.ts';
import { approvalDigest } from '../../../src/approve/approval-digest.ts';
import type { Requested } from '../../../src/approve/approval-store.ts';
import { createArgumentSeal } from '../../../src/approve/seal-arguments.ts';
import { hmacJson } from '../../../src/audit/digest.ts';
import { newApprovalId, newSessionId, newTokenId } from '../../../src/domain/ids.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { SessionRecord } from '../../../src/domain/session-record.ts';
import type { Stores } from '../../../src/sqlite/open-stores.ts';
import { fakeAdmin } from '../fakes/fake-admin.ts';
import { grantRecord } from '../fakes/grant-record.ts';
import { createStateDir, createTestClock, openTestStores, type TestClock } from './test-stores.ts';

/** A real database of one grant and one session of alice, in which calls wait for approvals. */
export class WaitingApprovals {
  readonly stateDir: string;
  readonly stores: Stores;
  readonly clock: TestClock;
  readonly context: AdminContext;
  readonly session: SessionRecord;
  readonly #remove: () => void;

  private constructor(
    place: ReturnType<typeof createStateDir>,
    stores: Stores,
    clock: TestClock,
    session: SessionRecord,
  ) {
    this.stateDir = place.stateDir;
    this.#remove = place.remove;
    this.stores = stores;
    this.clock = clock;
    this.session = session;
    const { context } = fakeAdmin();
    this.context = { ...context, ...stores, clock, entropy: (size) => randomBytes(size) };
  }

  static async open(): Promise<WaitingApprovals> {
    const place = createStateDir();
    const clock = createTestClock();
    const stores = await openTestStores(place.stateDir, { clock });
    const session: SessionRecord = {
      id: newSessionId(randomBytes),
      subject: 'alice',
      client: 'claude-code',
      purpose: 'a nightly run',
      tokenId: newTokenId(randomBytes),
      openedAt: clock.now(),
      expiresAt: clock.now() + 8 * 3_600_000,
      state: 'active',
      calls: 0,
    };
    await stores.sessions.open(session, { code: 'TG2002' });
    const state = new WaitingApprovals(place, stores, clock, session);
    await state.putGrant();
    return state;
  }

  /** Applies alice's grant, which makes it another revision. */
  async putGrant(): Promise<void> {
    const { revision: _, file, appliedAt: __, ...document } = grantRecord();
    const put = { kind: 'put', document, file, event: { code: 'TG3001' } } as const;
    await this.stores.grants.change([put], this.clock.now());
  }

  /** What a call with these arguments waits for. */
  about(more: Partial<ApprovalSubject> = {}): ApprovalSubject {
    return {
      session: this.session.id,
      subject: 'alice',
      client: 'claude-code',
      server: 'files',
      kind: 'tool',
      name: 'write_file',
      method: 'tools/call',
      rule: {
        grant: 'alice-files',
        revision: 1,
        index: 0,
        file: 'grants/alice-files.yaml',
        line: 6,
      },
      ...more,
    };
  }

  /** Asks for an approval of a call, as a broker does. */
  async request(
    args: Json = { path: 'a.txt' },
    more: Partial<ApprovalSubject> = {},
    stores = this.stores,
    besides: JsonObject = {},
  ): Promise<Requested> {
    const key = await this.context.keys.digestKey();
    const hmac = (value: Json): string => hmacJson(key, value);
    const about = this.about(more);
    const sent = { name: about.name, arguments: args, ...besides };
    const id = newApprovalId(randomBytes);
    return stores.approvals.request({
      approval: {
        ...about,
        id,
        digest: approvalDigest(about, hmac(sent), hmac),
        sealed: createArgumentSeal(key, randomBytes).seal(id, sent),
      },
      epoch: stores.admission.epoch(),
      now: this.clock.now(),
      event: { code: 'TG8001', server: about.server, tool: about.name },
    });
  }

  /** The id of one that must be there. */
  async waiting(...asked: Parameters<WaitingApprovals['request']>) {
    const requested = await this.request(...asked);
    if (requested.kind !== 'found') throw new Error(requested.kind);
    return requested.approval;
  }

  async codes(): Promise<readonly string[]> {
    return (await this.stores.events.query({})).map(({ code }) => code);
  }

  close(): void {
    this.stores.close();
    this.#remove();
  }
}
