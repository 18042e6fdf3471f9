import { approvalStateAt } from '../../../src/approve/approval.ts';
import type { GrantRule } from '../../../src/authorize/grant-record.ts';
import type { BrokerReply } from '../../../src/domain/broker.ts';
import type { ApprovalId } from '../../../src/domain/ids.ts';
import { type JsonObject, member } from '../../../src/domain/json.ts';
import { wholeServer } from './whole-servers.ts';
import { type Asking, WholeWorld } from './whole-world.ts';

/** What a call that is let through comes to. */
export const DONE = { content: [{ type: 'text', text: 's answers tools/call' }] };

/** A world whose every use at `s` wants an approval, besides what alice's rule says otherwise. */
export async function openApproving(
  terms: Omit<Partial<GrantRule>, 'effect' | 'pattern' | 'line'> = { approval: 'admin' },
  server = wholeServer('s'),
): Promise<ApprovalWorld> {
  const world = await WholeWorld.open({ s: server });
  await world.grant('alice', ['permit: s/*', 'permit: prompt:s/*', 'permit: resource:s/**'], {
    terms,
  });
  await world.ask('alice', 'tools/list');
  await world.events();
  world.servers.reached.length = 0;
  return new ApprovalWorld(world);
}

/** Calls that need approvals, and the admin who settles them. */
export class ApprovalWorld {
  readonly whole: WholeWorld;

  constructor(whole: WholeWorld) {
    this.whole = whole;
  }

  /** Alice calls `write`. */
  call(args: JsonObject = { a: 1 }, how: Asking & { readonly as?: string } = {}) {
    const { as = 'alice', ...asking } = how;
    return this.whole.ask(as, 'tools/call', { name: 's__write', arguments: args }, asking);
  }

  /** The approval that a call waits for, which it must. */
  async waiting(args?: JsonObject, how?: Asking & { readonly as?: string }): Promise<ApprovalId> {
    return idIn(await this.call(args, how));
  }

  /** Settles one as the command does: the change, then every broker looks again. */
  async settle(id: ApprovalId, as: 'approved' | 'denied' = 'approved') {
    const code = as === 'approved' ? 'TG8002' : 'TG8003';
    const now = this.whole.clock.now();
    const settled = await this.whole.stores.approvals.settle({
      id,
      as,
      by: 'admin',
      now,
      event: { code },
    });
    await this.whole.drain();
    return settled;
  }

  /** Everything known of approvals: each with its state. */
  async states(): Promise<readonly string[]> {
    const now = this.whole.clock.now();
    const views = await this.whole.stores.approvals.list({ now, all: true });
    return views.map((view) => approvalStateAt(view, now));
  }

  /** The one approval there is, once there is one. */
  async only(): Promise<ApprovalId> {
    for (;;) {
      const now = this.whole.clock.now();
      const [view] = await this.whole.stores.approvals.list({ now, all: false });
      if (view !== undefined) return view.approval.id;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** How many uses reached the tool server. */
  get reached(): number {
    return this.whole.servers.reached.length;
  }

  close(): Promise<void> {
    return this.whole.close();
  }
}

/** What a reply says to the model. */
export function textOf(reply: BrokerReply): string {
  if (reply.kind === 'error') return reply.error.message;
  if (reply.kind !== 'result') throw new Error(reply.kind);
  return JSON.stringify(member(reply.result, 'content') ?? reply.result);
}

/** The approval a reply says that it waits for. */
export function idIn(reply: BrokerReply): ApprovalId {
  const [id] = /apr_[0-9a-z]{32}/.exec(textOf(reply)) ?? [];
  if (id === undefined) throw new Error(textOf(reply));
  return id as ApprovalId;
}
