import { findShapes } from '../../../src/audit/secret-shapes.ts';
import type { DispatchReply } from '../../../src/dispatch/tool-server.ts';
import type { BrokerReply } from '../../../src/domain/broker.ts';
import type { AuditEvent } from '../../../src/domain/event.ts';
import { type JsonObject, member } from '../../../src/domain/json.ts';
import { resultInspector } from '../../../src/inspect/result-inspector.ts';
import { DEFAULT_RESULT_SETTINGS } from '../../../src/inspect/result-settings.ts';
import type { Watching } from '../../properties/small-broker.ts';
import { wholeServer } from './whole-servers.ts';
import { type Asking, WholeWorld } from './whole-world.ts';

const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });

const said = (text: string): DispatchReply => ({
  kind: 'result',
  result: { content: [{ type: 'text', text }] },
});

const inspect = resultInspector({
  settingsOf: () => DEFAULT_RESULT_SETTINGS,
  labelsOf: () => [],
  outputSchemaOf: () => undefined,
  findShapes,
  sizeOf: (value) => JSON.stringify(value).length,
});

/** A world in which mail is read and things are done, and mail may say what to do. */
export class InjectedWorld {
  readonly whole: WholeWorld;
  /** What `home__read_mail` says. */
  mail = 'Nothing new.';

  private constructor(whole: WholeWorld) {
    this.whole = whole;
  }

  /** Opens it for alice and bob, whose grants are for `purpose`. */
  static async open(purpose: string, watching: Watching = {}): Promise<InjectedWorld> {
    const home = wholeServer('home', {
      tools: ['read_mail', 'send_money', 'create_note'].map(tool),
      answer: (method, { name }) =>
        method === 'tools/call' ? said(name === 'read_mail' ? world.mail : 'Done.') : undefined,
    });
    const web = wholeServer('web', { tools: ['search', 'post'].map(tool) });
    const world = new InjectedWorld(
      await WholeWorld.open({ home, web }, [], { inspect, ...watching }),
    );
    for (const subject of ['alice', 'bob']) {
      await world.whole.grant(subject, ['permit: home/*', 'permit: web/*'], { purpose });
      await world.whole.ask(subject, 'tools/list');
    }
    await world.whole.events();
    world.whole.servers.reached.length = 0;
    return world;
  }

  /** Calls a tool, `home__send_money`: `done`, or the reason recorded. */
  async call(
    name: string,
    args: JsonObject = {},
    who = 'alice',
    how: Asking = {},
  ): Promise<string> {
    const reply = await this.whole.ask(who, 'tools/call', { name, arguments: args }, how);
    if (isDone(reply)) return 'done';
    const [last] = await this.whole.stores.events.query({ code: 'TG1003', newest: true, limit: 1 });
    return last?.reason ?? 'nothing recorded';
  }

  /** Settles the approval that waits. */
  async settled(as: 'approved' | 'denied'): Promise<void> {
    const { stores, clock } = this.whole;
    const [view] = await stores.approvals.list({ now: clock.now(), all: false });
    if (view === undefined) throw new Error('nothing waits');
    const event = { code: 'TG8002' } as const;
    await stores.approvals.settle({
      id: view.approval.id,
      as,
      by: 'admin',
      now: clock.now(),
      event,
    });
  }

  /** Signals of a name that were raised. */
  async raised(signal: string): Promise<readonly AuditEvent[]> {
    const events = await this.whole.stores.events.query({ code: 'TG9001' });
    return events.filter(({ detail }) => member(detail, 'signal') === signal);
  }
}

const isDone = (reply: BrokerReply): boolean =>
  reply.kind === 'result' && reply.result.isError !== true;
