import type { GrantRule } from '../../../src/authorize/grant-record.ts';
import type { BrokerReply } from '../../../src/domain/broker.ts';
import { member } from '../../../src/domain/json.ts';
import type { Label } from '../../../src/domain/label.ts';
import type { Watching } from '../../properties/small-broker.ts';
import { type WholeServer, wholeServer } from './whole-servers.ts';
import { type Asking, WholeWorld } from './whole-world.ts';

const LABELS: Readonly<Record<string, readonly Label[]>> = {
  mail: ['private'],
  issue: ['untrusted'],
  send: ['egress'],
};

const tool = (name: string, isReading: boolean) => ({
  name,
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: isReading },
});

/** A server `s` that reads `mail` and `issue`, and may `write` and `send`. */
export const watchedServer = (more: Partial<WholeServer> = {}): WholeServer =>
  wholeServer('s', {
    tools: [tool('mail', true), tool('issue', true), tool('write', false), tool('send', false)],
    ...more,
  });

/** A world whose sessions are watched: alice and bob may use everything of `s`, or what their rules say. */
export async function openWatched(
  watching: Watching = {},
  rules: readonly (string | Omit<GrantRule, 'line'>)[] = ['permit: s/*'],
): Promise<WatchedWorld> {
  const labelsOf = (_: string, name: string) => LABELS[name] ?? [];
  const world = await WholeWorld.open({ s: watchedServer() }, [], { labelsOf, ...watching });
  for (const subject of ['alice', 'bob']) {
    await world.grant(subject, rules);
    await world.ask(subject, 'tools/list');
  }
  await world.events();
  world.servers.reached.length = 0;
  return new WatchedWorld(world);
}

/** Calls of sessions that are watched, and what came of them. */
export class WatchedWorld {
  readonly whole: WholeWorld;

  constructor(whole: WholeWorld) {
    this.whole = whole;
  }

  /** Calls a tool of `s`: `done`, or the reason recorded. */
  async call(name: string, who = 'alice', how: Asking = {}): Promise<string> {
    const reply = await this.whole.ask(who, 'tools/call', { name: `s__${name}` }, how);
    if (isDone(reply)) return 'done';
    const [last] = await this.whole.stores.events.query({
      code: 'TG1003',
      newest: true,
      limit: 1,
    });
    return last?.reason ?? 'nothing recorded';
  }

  async calls(names: readonly string[], who?: string): Promise<readonly string[]> {
    const all: string[] = [];
    for (const name of names) all.push(await this.call(name, who));
    return all;
  }

  /** Signals raised and what was done about them, in order. */
  async raised(): Promise<readonly string[]> {
    const events = await this.whole.stores.events.query({});
    return events.flatMap(({ code, detail, subject }) => {
      if (code === 'TG9001') return [`${subject} ${String(member(detail, 'signal'))}`];
      if (code === 'TG9002') return [`${subject} -> ${String(member(detail, 'step'))}`];
      return [];
    });
  }

  /** Tools that were reached. */
  get reached(): readonly unknown[] {
    return this.whole.servers.reached.map(({ params }) => params.name);
  }
}

const isDone = (reply: BrokerReply): boolean =>
  reply.kind === 'result' && reply.result.isError !== true;
