// A broker as the product puts it together, on a state of its own, through which recorded sessions go.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyFromDisk } from '../../../src/admin/apply-grants.ts';
import { openSession } from '../../../src/admin/open-session.ts';
import { settleApproval } from '../../../src/admin/settle-approval.ts';
import { mintToken } from '../../../src/authenticate/mint-token.ts';
import { openState } from '../../../src/compose.ts';
import { composeBroker } from '../../../src/compose-broker.ts';
import { REVISION_2025 } from '../../../src/domain/era.ts';

/** Sessions at once: enough to share commits, few enough to stay in memory. */
const AT_ONCE = 16;
/** What the monitor answers of a use that the grant permits. */
const CONTAINED = new Set(['approval_needed', 'monitor_refused', 'throttled', 'session_suspended']);
const ORIGIN = { transport: 'stdio' };

/** What the log says of each session, each event read once. */
function readingLog(events) {
  const bySession = new Map();
  let next = 1;
  let reading = Promise.resolve();
  async function read() {
    for await (const page of events.pages(next, 1_000)) {
      for (const event of page) {
        next = event.seq + 1;
        const known = bySession.get(event.session) ?? [];
        bySession.set(event.session, known);
        if (event.code === 'TG1003' || event.code === 'TG9001') known.push(event);
      }
    }
  }
  return {
    async of(session) {
      reading = reading.then(read);
      await reading;
      return bySession.get(session) ?? [];
    },
  };
}

/** The grant of a recorded task: its subject and id. */
export const grantOf = ({ suite, user_task }) =>
  `${suite}-${user_task}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');

/** A state with a grant for each task: its purpose is the task's text, and it permits the suite's tools. */
export class Bench {
  #dir = mkdtempSync(join(tmpdir(), 'tg-bench-'));
  #config = join(this.#dir, 'mcp.config.json');
  #servers;
  #clients = 0;

  constructor({ servers, sessions, monitor }) {
    this.#servers = servers;
    mkdirSync(join(this.#dir, 'grants'));
    const suites = new Set(sessions.map(({ suite }) => suite));
    const entry = (suite) => ({ url: servers.url(suite), toolgrant: { isolation: 'shared' } });
    const mcpServers = Object.fromEntries([...suites].map((suite) => [suite, entry(suite)]));
    const audit = { durability: 'process' };
    writeFileSync(this.#config, JSON.stringify({ mcpServers, audit, monitor }));
    const tasks = new Map(sessions.map((session) => [grantOf(session), session]));
    for (const [id, session] of tasks) {
      const lines = [
        ...[`id: ${id}`, `subject: ${id}`, `purpose: ${JSON.stringify(session.user_prompt)}`],
        ...['expires: 2099-12-31T00:00:00Z', 'rules:', `  - permit: '${session.suite}/*'`],
      ];
      writeFileSync(join(this.#dir, 'grants', `${id}.yaml`), `${lines.join('\n')}\n`);
    }
  }

  /** Has sessions go through one broker from its start to its end, at which it has learnt of them. */
  async run(sessions, tell) {
    const state = await openState({
      configPath: this.#config,
      command: 'bench',
      logLevel: 'silent',
    });
    try {
      await applyFromDisk(state.context, 'apply');
      const composed = await composeBroker(state, '0.0.0');
      try {
        const log = readingLog(state.stores.events);
        const todo = [...sessions.entries()];
        const done = [];
        const worker = async () => {
          for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
            const [at, session] = next;
            done[at] = await this.#replay(session, composed.broker, state, log);
            tell();
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, worker));
        return done;
      } finally {
        await composed.close();
      }
    } finally {
      state.close();
    }
  }

  remove() {
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /**
   * Makes the calls of a session in their order. One that is held ends an attack; in a session without
   * one an admin looks, approves, and it goes on. What a model would do otherwise is not in the data.
   */
  async #replay(session, broker, state, log) {
    const { context, stores } = state;
    const servers = this.#servers;
    this.#clients += 1;
    const wish = { subject: grantOf(session), client: `c${this.#clients}` };
    const opened = await openSession(context, wish, (one) =>
      mintToken(context.keys, one, context.clock.now()),
    );
    const answer = await broker.authenticate({ kind: 'token', token: opened.token }, ORIGIN);
    if (answer.kind !== 'authenticated') throw new Error(`not authenticated: ${answer.reason}`);
    const { principal } = answer;
    const { id } = opened.session;
    const found = { calls: 0, held: [], signals: [] };
    for (const [at, event] of session.events.entries()) {
      found.calls += 1;
      let reason = await once(event, at);
      if (reason === 'approval_needed') {
        found.held.push(at);
        if (session.attack !== 'none') break;
        await approve();
        reason = await once(event, at);
        if (reason !== undefined) throw new Error(`approved, and ${reason}`);
      } else if (CONTAINED.has(reason)) {
        found.held.push(at);
        break;
      }
    }
    found.signals = (await log.of(id))
      .filter(({ code }) => code === 'TG9001')
      .map(({ detail }) => detail);
    return found;

    /** The reason why a call did not reach its tool server. */
    async function once({ tool, args }, at) {
      const expected = servers.expect(session.events[at]);
      await broker.handle({
        principal,
        origin: ORIGIN,
        era: '2025',
        revision: REVISION_2025,
        onlyServer: session.suite,
        clientCapabilities: {},
        clientInfo: { name: 'bench', version: '0' },
        request: {
          jsonrpc: '2.0',
          id: `${at}`,
          method: 'tools/call',
          params: {
            name: tool,
            arguments: args ?? {},
            _meta: { traceparent: expected.traceparent },
          },
        },
        signal: new AbortController().signal,
        notify() {},
      });
      const isReached = expected.isReached();
      expected.done();
      if (isReached) return undefined;
      const refusal = (await log.of(id)).findLast(({ code }) => code === 'TG1003');
      if (refusal?.requestId !== `${at}`) throw new Error(`${tool}: neither reached nor refused`);
      return refusal.reason;
    }

    async function approve() {
      const waiting = await stores.approvals.list({ now: context.clock.now(), all: false });
      const mine = waiting.filter(({ approval }) => approval.session === id);
      for (const { approval } of mine) await settleApproval(context, approval.id, 'approved');
    }
  }
}
