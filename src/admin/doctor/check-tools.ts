import {
  exposedAs,
  nameTable,
  type PromptRef,
  promptNameTable,
} from '../../catalog/exposed-name.ts';
import { flagOffer, isBlocked } from '../../catalog/flag-offer.ts';
import { itemsOf } from '../../catalog/items.ts';
import { isTakenOut, lockEffect } from '../../catalog/lock-entry.ts';
import { changeOf, noteOffer, offeredItems } from '../../catalog/note-offer.ts';
import type { PinnedServer } from '../../domain/catalog-record.ts';
import type { ServerChange, ServerOrigin } from '../../domain/server-origin.ts';
import type { ToolRef } from '../../domain/tool-ref.ts';
import { originWords } from '../offer-remarks.ts';
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
  for (const spec of config.specs) {
    const { name } = spec;
    const known = pinned.get(name);
    if (known === undefined) findings.push(...(await unknownServer(name, facts, pinned)));
    else {
      const origin = await facts.context.originOf(spec);
      findings.push(...standing(known), ...differing(known, origin, facts));
      const said = facts.lock?.ok ? facts.lock.value.get(name) : undefined;
      const { widens } = lockEffect(said, known);
      const isListed = facts.lock?.ok === true && said !== undefined;
      if (isListed && widens.length > 0) findings.push(waiting(name, widens));
    }
  }
  const order = config.specs.map(({ name }) => name);
  return [...findings, ...names(pinned), ...sharedTemplates(pinned, order)];
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
    const flags = await flagOffer(name, offeredItems(start.offer), pinned);
    const blocked = [...flags].filter(([, of]) => isBlocked(of)).map(([word]) => word);
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

function standing(pinned: PinnedServer): readonly Finding[] {
  const { server, tools } = pinned;
  const items = itemsOf(pinned);
  const by = (reason: string) =>
    items.filter(({ item }) => item.quarantine?.reason === reason).map(({ word }) => word);
  const findings: Finding[] = [];
  const look = `toolgrant tools diff ${server}`;
  const drifted = by('drifted');
  if (pinned.changed !== undefined) {
    const what = `hidden, because it is another server than was approved: ${changeWords(pinned.changed)}`;
    findings.push(
      found('warning', 'server_changed', what, server, `toolgrant tools approve ${server}`),
    );
  } else if (drifted.length > 0) {
    const what = `hidden, because the server defines them differently: ${someOf(drifted)}`;
    findings.push(found('warning', 'tool_drifted', what, server, look));
  }
  const unapproved = by('unapproved');
  if (unapproved.length > 0) {
    const what = `hidden, because nobody approved them: ${someOf(unapproved)}`;
    findings.push(found('warning', 'tool_unapproved', what, server, look));
  }
  const out = items.filter(({ item }) => isTakenOut(item)).map(({ word }) => word);
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

const changeWords = ({ origin, name }: ServerChange): string =>
  origin === undefined ? `calls itself ${JSON.stringify(name)}` : originWords(origin);

/** What the server is now, and offers, that is not what was approved, and that no broker has met yet. */
function differing(
  known: PinnedServer,
  origin: ServerOrigin,
  { starts }: Facts,
): readonly Finding[] {
  const start = starts.get(known.server);
  const offer = start?.kind === 'started' ? { ...start.offer, origin } : undefined;
  const findings: Finding[] = [];
  const remedy = `toolgrant tools approve ${known.server}`;
  const other = known.changed === undefined ? changeOf(known, offer ?? { origin }) : undefined;
  if (other !== undefined) {
    const what = `another server than was approved: ${changeWords(other)}; the next use hides all of it`;
    findings.push(found('warning', 'server_changing', what, known.server, remedy));
  }
  if (offer === undefined) return findings;
  const noted = noteOffer(known, offer);
  const changed = [...(noted?.drifted.keys() ?? [])];
  if (changed.length > 0) {
    const what = `defined differently now: ${someOf(changed)}; the next use hides them`;
    findings.push(found('warning', 'tool_drifting', what, known.server, remedy));
  }
  const appeared = noted?.appeared ?? [];
  if (appeared.length > 0) {
    const what = `offered newly: ${someOf(appeared)}; hidden until somebody approves them`;
    findings.push(found('warning', 'tool_appeared', what, known.server, remedy));
  }
  const offered = new Set(offeredItems(offer).map(({ word }) => word));
  const gone = itemsOf(known)
    .map(({ word }) => word)
    .filter((word) => !offered.has(word));
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

/** Tools and prompts clients know by another name than `server__name`, and those whose name another one has. */
function names(pinned: ReadonlyMap<string, PinnedServer>): readonly Finding[] {
  const tools = nameTable(pinned);
  const prompts = promptNameTable(pinned);
  const findings: Finding[] = [];
  for (const [server, known] of pinned) {
    const items = itemsOf(known).filter(({ kind }) => kind === 'tool' || kind === 'prompt');
    const renamed = items
      .filter(({ item }) => exposedAs(server, item.name) !== `${server}__${item.name}`)
      .map(({ word, item }) => `${word} as ${exposedAs(server, item.name)}`);
    if (renamed.length > 0) {
      const what = `too long or oddly spelled for clients, which see ${someOf(renamed, 3)}`;
      findings.push(
        found('note', 'tool_renamed', what, server, 'rules keep the server’s own name'),
      );
    }
    for (const { kind, word, item } of items) {
      const name = exposedAs(server, item.name);
      const owner = kind === 'tool' ? ownerOf(tools.resolve(name)) : ownerOf(prompts.resolve(name));
      if (owner === `${server}/${item.name}`) continue;
      const what = `hidden: ${owner} has the same name for clients`;
      const where = `${server}/${word}`;
      findings.push(found('warning', 'tool_collides', what, where, 'rename one of the servers'));
    }
  }
  return findings;
}

/** Resource templates that several servers offer: a URI goes to the first one that is granted. */
function sharedTemplates(
  pinned: ReadonlyMap<string, PinnedServer>,
  order: readonly string[],
): readonly Finding[] {
  const first = new Map<string, string>();
  return order.flatMap((server) =>
    (pinned.get(server)?.templates ?? []).flatMap(({ name }) => {
      const other = first.get(name);
      if (other === undefined) {
        first.set(name, server);
        return [];
      }
      const what = `${other} has the template ${name} too: on /mcp its URIs go to ${other} where both are granted`;
      return [found('note', 'template_collides', what, server, `use /mcp/${server} for its own`)];
    }),
  );
}

const ownerOf = (ref: ToolRef | PromptRef | undefined): string | undefined =>
  ref && `${ref.server}/${'tool' in ref ? ref.tool : ref.prompt}`;
