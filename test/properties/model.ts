import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import type { Asker, PolicyState, ServerView, ToolView } from '../../src/authorize/policy-state.ts';
import { hashDefinition } from '../../src/catalog/definition-hash.ts';
import type { SessionRecord } from '../../src/domain/session-record.ts';
import { oracleDecides, type Verdict } from '../support/decision-oracle.ts';
import { seen, UNSEEN } from '../support/fakes/server-view.ts';
import { definitionOf } from './memory-servers.ts';
import { SERVERS } from './operations.ts';

/** A known tool: as it was approved or, unapproved, as it was first seen. */
export interface ModelTool {
  readonly version: number;
  /** Why nobody may call it. */
  readonly mark?: NonNullable<ToolView['quarantine']>;
}

/** Whether people took a tool out. */
const isTakenOut = ({ mark }: ModelTool): boolean => mark === 'by_admin' || mark === 'by_lock';

/** A session, as far as it says who asks and for how long. */
export interface ModelSession {
  readonly record: SessionRecord;
  isRevoked: boolean;
}

/**
 * What must be true after any sequence of operations, kept in plain maps and decided by the oracle.
 * Knows nothing of epochs, caches, several brokers or databases: that none of them can be seen is the
 * point.
 */
export class Model {
  readonly grants = new Map<string, GrantRecord>();
  readonly tombstones = new Set<string>();
  readonly pinned = new Map<string, Map<string, ModelTool>>();
  /** What each running tool server last said it has, by broker, session and server. */
  readonly running = new Map<string, ReadonlyMap<string, number>>();

  isUsable({ record, isRevoked }: ModelSession, now: number): boolean {
    return !isRevoked && now < record.expiresAt;
  }

  permits(session: ModelSession, server: string, tool: string, now: number): boolean {
    return this.isUsable(session, now) && this.decides(session, server, tool, now).permits;
  }

  decides(session: ModelSession, server: string, tool: string, now: number): Verdict {
    return oracleDecides(this.state(), askerOf(session), { kind: 'tool', server, tool }, now);
  }

  /** Whether a session has anything of a server: what it may start, and what `/mcp/<server>` is. */
  reaches(session: ModelSession, server: string, now: number): boolean {
    return (
      this.isUsable(session, now) &&
      oracleDecides(this.state(), askerOf(session), { kind: 'server', server }, now).permits
    );
  }

  state(): PolicyState {
    const servers = new Map<string, ServerView>();
    for (const server of SERVERS) {
      const pinned = this.pinned.get(server);
      const tools =
        pinned && [...pinned].map(([tool, each]) => [tool, viewOf(server, tool, each)] as const);
      servers.set(server, tools === undefined ? UNSEEN : seen({ tools: new Map(tools) }));
    }
    const grants = [...this.grants.values()].filter(({ id }) => !this.tombstones.has(id));
    return { epoch: 0, isHalted: false, grants, servers };
  }

  /** A tool server was started, or read again: what differs or is new waits for an admin. */
  observe(key: string, server: string, offered: ReadonlyMap<string, number>): void {
    this.running.set(key, new Map(offered));
    const pinned = this.pinned.get(server);
    if (pinned === undefined) {
      const tools = [...offered].map(([tool, version]) => [tool, { version }] as const);
      this.pinned.set(server, new Map(tools));
      return;
    }
    for (const [tool, version] of offered) {
      const known = pinned.get(tool);
      if (known === undefined) pinned.set(tool, { version, mark: 'unapproved' });
      else if (known.mark === undefined && known.version !== version)
        pinned.set(tool, { ...known, mark: 'drifted' });
    }
  }

  /** An admin approves what a server offers: what is named, or all of it but what people took out. */
  approve(
    server: string,
    offered: ReadonlyMap<string, number>,
    { tools, all }: { readonly tools: readonly string[]; readonly all: boolean },
  ): void {
    const pinned = this.pinned.get(server) ?? new Map<string, ModelTool>();
    this.pinned.set(server, pinned);
    for (const tool of new Set([...pinned.keys(), ...offered.keys()])) {
      if (tools.length > 0 && !tools.includes(tool)) continue;
      const known = pinned.get(tool);
      if (known !== undefined && isTakenOut(known) && !all && !tools.includes(tool)) continue;
      const version = offered.get(tool);
      if (version === undefined) pinned.delete(tool);
      else pinned.set(tool, { version });
    }
  }

  /** People take tools out; none named: all. What nobody approved is not in. */
  takeOut(server: string, tools: readonly string[], mark: 'by_admin' | 'by_lock'): void {
    const pinned = this.pinned.get(server);
    for (const [tool, known] of pinned ?? []) {
      if (tools.length > 0 && !tools.includes(tool)) continue;
      if (known.mark !== 'unapproved' && !isTakenOut(known)) pinned?.set(tool, { ...known, mark });
    }
  }

  /** A drain ends the tool servers of sessions that are over, and those nobody can use any more. */
  drained(sessions: readonly ModelSession[], now: number): void {
    const over = sessions.filter((session) => !this.isUsable(session, now));
    const isOut = (server: string): boolean => {
      const pinned = this.pinned.get(server);
      return pinned !== undefined && [...pinned.values()].every(({ mark }) => mark !== undefined);
    };
    for (const key of [...this.running.keys()]) {
      const [, session = '', server = ''] = key.split(' ');
      if (over.some(({ record }) => record.id === session) || isOut(server))
        this.running.delete(key);
    }
  }
}

const askerOf = ({ record }: ModelSession): Asker => ({
  subject: record.subject,
  ...(record.client === undefined ? {} : { client: record.client }),
  sessionOpenedAt: record.openedAt,
});

const hashes = new Map<string, string>();

/** The pinned hash of a tool at a version. */
export function hashOf(server: string, tool: string, version: number): string {
  const key = `${server}/${tool}@${version}`;
  const known = hashes.get(key) ?? hashDefinition(definitionOf(server, tool, version));
  hashes.set(key, known);
  return known;
}

const viewOf = (server: string, tool: string, { version, mark }: ModelTool): ToolView => ({
  hash: hashOf(server, tool, version),
  ...(mark === undefined ? {} : { quarantine: mark }),
});
