import { exposedName, nameTable } from '../../catalog/exposed-name.ts';
import { flagOffer, isBlocked } from '../../catalog/flag-offer.ts';
import { isTakenOut, lockEffect } from '../../catalog/lock-entry.ts';
import { noteOffer, offeredTools } from '../../catalog/note-offer.ts';
import type { PinnedServer } from '../../domain/catalog-record.ts';
import type { Facts } from './facts.ts';
import { type Finding, findingsOf, someOf } from './finding.ts';

const found = findingsOf('tools');

/** What is approved of each tool server, what waits, and which names clients see instead. */
export async function checkTools(facts: Facts): Promise<readonly Finding[]> {
  const { config } = facts.context.settings;
  if (config === undefined) return [];
  const findings: Finding[] = [];
  if (facts.lock?.ok === false) {
    const { what, remedy } = facts.lock;
    findings.push(found('problem', 'lock_broken', what, config.lockPath, remedy));
  }
  if (facts.pinned?.ok === false) {
    findings.push(found('problem', 'catalog_unreadable', facts.pinned.what));
  }
  const pinned = facts.pinned?.ok ? facts.pinned.value : new Map<string, PinnedServer>();
  for (const { name } of config.specs) {
    const known = pinned.get(name);
    if (known === undefined) findings.push(...(await unknownServer(name, facts, pinned)));
    else {
      findings.push(...standing(known), ...differing(known, facts));
      const said = facts.lock?.ok ? facts.lock.value.get(name) : undefined;
      const { widens } = lockEffect(said, known);
      const isListed = facts.lock?.ok === true && said !== undefined;
      if (isListed && widens.length > 0) findings.push(waiting(name, widens));
    }
  }
  return [...findings, ...names(pinned)];
}

/** A server nobody used yet: what its first use would pin, if it was started. */
async function unknownServer(
  name: string,
  { starts, context }: Facts,
  pinned: ReadonlyMap<string, PinnedServer>,
): Promise<readonly Finding[]> {
  const start = starts.get(name);
  const findings: Finding[] = [];
  if (start?.kind === 'started') {
    const flags = await flagOffer(name, offeredTools(start.offer), pinned);
    const blocked = [...flags].filter(([, of]) => isBlocked(of)).map(([tool]) => tool);
    if (blocked.length > 0) {
      const what = `${someOf(blocked)}: something in the definition needs somebody to look first`;
      const remedy = `toolgrant tools diff ${name} --live`;
      findings.push(found('warning', 'tool_flagged', what, name, remedy));
    }
  }
  if (context.settings.config?.asksFirst.includes(name)) return findings;
  const what = 'nothing is pinned yet: its first use pins what it offers then';
  const remedy = `toolgrant tools approve ${name}`;
  return [...findings, found('note', 'server_unpinned', what, name, remedy)];
}

function standing({ server, tools }: PinnedServer): readonly Finding[] {
  const by = (reason: string) =>
    tools.filter(({ quarantine }) => quarantine?.reason === reason).map(({ name }) => name);
  const findings: Finding[] = [];
  const look = `toolgrant tools diff ${server}`;
  const drifted = by('drifted');
  if (drifted.length > 0) {
    const what = `hidden, because the server defines them differently: ${someOf(drifted)}`;
    findings.push(found('warning', 'tool_drifted', what, server, look));
  }
  const unapproved = by('unapproved');
  if (unapproved.length > 0) {
    const what = `hidden, because nobody approved them: ${someOf(unapproved)}`;
    findings.push(found('warning', 'tool_unapproved', what, server, look));
  }
  const out = tools.filter(isTakenOut).map(({ name }) => name);
  if (out.length > 0) {
    const what = `taken out: ${someOf(out)}`;
    findings.push(
      found('note', 'tool_quarantined', what, server, `toolgrant tools list ${server}`),
    );
  }
  const approved = tools.filter(({ quarantine }) => quarantine === undefined);
  const what = `${approved.length} of ${tools.length} tools approved`;
  return [found('ok', 'tools', what, server), ...findings];
}

/** What the server offers now that is not what was approved, and that no broker has met yet. */
function differing(known: PinnedServer, { starts }: Facts): readonly Finding[] {
  const start = starts.get(known.server);
  if (start?.kind !== 'started') return [];
  const remedy = `toolgrant tools approve ${known.server}`;
  const noted = noteOffer(known, start.offer);
  const changed = [...(noted?.drifted.keys() ?? [])];
  const findings: Finding[] = [];
  if (changed.length > 0) {
    const what = `defined differently now: ${someOf(changed)}; the next use hides them`;
    findings.push(found('warning', 'tool_drifting', what, known.server, remedy));
  }
  const appeared = noted?.appeared ?? [];
  if (appeared.length > 0) {
    const what = `offered newly: ${someOf(appeared)}; hidden until somebody approves them`;
    findings.push(found('warning', 'tool_appeared', what, known.server, remedy));
  }
  const offered = new Set(start.offer.tools.map(({ name }) => name));
  const gone = known.tools.filter(({ name }) => !offered.has(name)).map(({ name }) => name);
  if (gone.length > 0) {
    const what = `not offered any more: ${someOf(gone)}`;
    findings.push(found('note', 'tool_gone', what, known.server, remedy));
  }
  return findings;
}

const waiting = (server: string, tools: readonly string[]): Finding =>
  found(
    'warning',
    'lock_waits',
    `mcp.lock.json would give ${someOf(tools)}, which waits for an admin`,
    server,
    `toolgrant tools approve ${server}`,
  );

/** Tools clients know by another name than `server__tool`, and those whose name another one has. */
function names(pinned: ReadonlyMap<string, PinnedServer>): readonly Finding[] {
  const table = nameTable(pinned);
  const refs = [...pinned.values()].flatMap(({ server, tools }) =>
    tools.map(({ name }) => ({ server, tool: name })),
  );
  const findings: Finding[] = [];
  for (const server of pinned.keys()) {
    const renamed = refs
      .filter((ref) => ref.server === server && exposedName(ref) !== `${server}__${ref.tool}`)
      .map((ref) => `${ref.tool} as ${exposedName(ref)}`);
    if (renamed.length > 0) {
      const what = `too long or oddly spelled for clients, which see ${someOf(renamed, 3)}`;
      findings.push(
        found('note', 'tool_renamed', what, server, 'rules keep the server’s own name'),
      );
    }
  }
  for (const ref of refs.filter((one) => !table.isUnique(one))) {
    const other = table.resolve(exposedName(ref));
    const what = `hidden: ${other?.server}/${other?.tool} has the same name for clients`;
    const where = `${ref.server}/${ref.tool}`;
    findings.push(found('warning', 'tool_collides', what, where, 'rename one of the servers'));
  }
  return findings;
}
