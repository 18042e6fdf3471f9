import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import type { Asker, PolicyState, ServerView, ToolView } from '../../src/authorize/policy-state.ts';
import { hashDefinition } from '../../src/catalog/definition-hash.ts';
import type { SessionRecord } from '../../src/domain/session-record.ts';
import { oracleDecides } from '../support/decision-oracle.ts';
import { definitionOf } from './memory-servers.ts';
import { SERVERS } from './operations.ts';

/** A tool as it was pinned. */
export interface ModelTool {
  readonly version: number;
  readonly isDrifted: boolean;
}

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
    return (
      this.isUsable(session, now) &&
      oracleDecides(this.state(), askerOf(session), { kind: 'tool', server, tool }, now).permits
    );
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
      servers.set(server, { tools: tools && new Map(tools) });
    }
    const grants = [...this.grants.values()].filter(({ id }) => !this.tombstones.has(id));
    return { epoch: 0, grants, servers };
  }

  /** A tool server was started, or read again: what differs from what is pinned is quarantined. */
  observe(key: string, server: string, offered: ReadonlyMap<string, number>): void {
    this.running.set(key, new Map(offered));
    const pinned = this.pinned.get(server);
    if (pinned === undefined) this.pin(server, offered);
    for (const [tool, each] of pinned ?? []) {
      const live = offered.get(tool);
      if (live !== undefined && live !== each.version)
        pinned?.set(tool, { ...each, isDrifted: true });
    }
  }

  pin(server: string, offered: ReadonlyMap<string, number>): void {
    const tools = [...offered].map(
      ([tool, version]) => [tool, { version, isDrifted: false }] as const,
    );
    this.pinned.set(server, new Map(tools));
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

const viewOf = (server: string, tool: string, { version, isDrifted }: ModelTool): ToolView => ({
  hash: hashOf(server, tool, version),
  ...(isDrifted ? { quarantine: 'drifted' } : {}),
});
