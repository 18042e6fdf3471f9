import { compareGrants } from '../authorize/compare-grants.ts';
import { formatInstant } from '../authorize/format-grant.ts';
import type { GrantRecord } from '../authorize/grant-record.ts';
import type { PolicyState } from '../authorize/policy-state.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { RecordedUse } from './recorded-use.ts';

/** What a decision was made on, and what there is now. */
export interface Since {
  readonly event: AuditEvent;
  /** The subject's grants as they were in force then; `undefined` when that was not kept. */
  readonly then: readonly GrantRecord[] | undefined;
  /** The grant that decided, as it was then. */
  readonly decided: GrantRecord | undefined;
  readonly state: PolicyState;
  readonly use: RecordedUse;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What differs between then and now that a decision on the use reads, for people. */
export function changedSince(since: Since): readonly string[] {
  const { then, decided, state, now } = since;
  const before = new Map((then ?? (decided === undefined ? [] : [decided])).map((g) => [g.id, g]));
  const lines: string[] = [];
  for (const old of before.values()) {
    const current = state.grants.find(({ id }) => id === old.id);
    if (current === undefined) lines.push(`${old.id} is not in force any more`);
    else if (current.revision !== old.revision) {
      const { differences } = compareGrants(old, current);
      const found = differences.length === 0 ? ['its file'] : differences;
      const to = `revision ${old.revision} -> ${current.revision}`;
      lines.push(...found.map((line) => `${old.id}, ${to}: ${line}`));
    }
    if (current !== undefined && since.use.at < current.expiresAt && current.expiresAt <= now) {
      lines.push(`${old.id} expired ${formatInstant(current.expiresAt)}`);
    }
  }
  for (const grant of then === undefined ? [] : state.grants) {
    if (!before.has(grant.id)) lines.push(`${grant.id} is new, from ${grant.file}`);
  }
  if (state.isHalted && since.event.reason !== 'halted') lines.push('an admin halted everything');
  return [...lines, ...definition(since)];
}

/** Whether the tool is what it was. */
function definition({ event, state, use }: Since): readonly string[] {
  const { definitionHash } = event;
  const { request } = use;
  if (definitionHash === undefined || !('server' in request)) return [];
  const view = state.servers.get(request.server);
  const pinned =
    request.kind === 'tool'
      ? view?.tools?.get(request.tool)
      : request.kind === 'prompt'
        ? view?.prompts?.get(request.prompt)
        : undefined;
  if (pinned === undefined) return [`${use.what} is not there any more`];
  if (pinned.quarantine !== undefined)
    return [`${use.what} was taken out, or differs from what was approved`];
  return pinned.hash === definitionHash ? [] : [`${use.what} was approved with another definition`];
}
