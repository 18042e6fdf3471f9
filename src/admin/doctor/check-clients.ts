import type { ToolServerSpec } from '../../dispatch/tool-server.ts';
import { checkOurEntry } from './check-our-entry.ts';
import type { ClientView, EntryView } from './doctor-context.ts';
import { attempt, type Facts } from './facts.ts';
import { type Finding, findingsOf, someOf } from './finding.ts';

const found = findingsOf('clients');

/** Whether each client on this machine reaches its tools through the broker, and through nothing else. */
export async function checkClients(facts: Facts): Promise<readonly Finding[]> {
  const read = await attempt(() => facts.context.readClients());
  if (!read.ok) return [found('problem', 'clients_unreadable', read.what)];
  const findings: Finding[] = [];
  for (const client of read.value) {
    if (client.isProject) findings.push(...project(client, facts));
    else if (client.isInstalled) findings.push(...installed(client, facts));
  }
  if (findings.length === 0) {
    findings.push(found('note', 'clients_none', 'no client we know is on this machine'));
  }
  return findings;
}

function installed(client: ClientView, facts: Facts): readonly Finding[] {
  const findings = asFile(client);
  const ours = client.servers.filter(({ isOurs }) => isOurs);
  const before = findings.length;
  for (const server of ours) findings.push(...checkOurEntry(client, server, facts));
  if (ours.length === 0 && client.problem === undefined) {
    const what = `${client.title} is not connected`;
    const remedy = `toolgrant connect ${client.id} --subject SUBJECT`;
    findings.push(found('note', 'client_not_connected', what, client.path, remedy));
  }
  if (ours.length > 1) {
    const what = `${client.title} has ${ours.length} entries of this broker: it shows each tool as often`;
    findings.push(found('note', 'client_entries', what, client.path, 'remove all but one'));
  }
  if (ours.length > 0 && findings.length === before) {
    findings.push(found('ok', 'client', `${client.title} is connected`, client.path));
  }
  return [...findings, ...around(client, facts)];
}

/**
 * A project's file is read by whoever opens the folder, and written by whoever can commit: what looks
 * like an entry of ours there is nobody's word for what it starts.
 */
function project(client: ClientView, facts: Facts): readonly Finding[] {
  const ours = client.servers.filter(({ isOurs }) => isOurs);
  const findings = asFile(client);
  if (ours.length > 0) {
    const what = `${client.title}, in this folder, has what looks like our entry: ${someOf(ours.map(({ name }) => name))}`;
    const remedy = 'see what it starts; your own entry belongs in your own file';
    findings.push(found('warning', 'entry_in_project', what, client.path, remedy));
  }
  return [...findings, ...around(client, facts)];
}

function asFile({ problem, path, leftOut }: ClientView): Finding[] {
  const findings = leftOut.map((what) => found('note', 'client_entry_odd', what, path));
  if (problem === undefined) return findings;
  return [...findings, found('warning', 'client_unreadable', problem, path)];
}

/** Tool servers the client starts or reaches by itself: nobody decides on their calls or records them. */
function around(client: ClientView, { context }: Facts): readonly Finding[] {
  const specs = context.settings.config?.specs ?? [];
  const others = client.servers.filter(({ isOurs, isDisabled }) => !isOurs && !isDisabled);
  const bypassing = others.filter((one) => specs.some((spec) => isSame(one, spec)));
  const shadows = others.filter((one) => !bypassing.includes(one));
  const whose = client.isProject ? `${client.title}, in this folder,` : client.title;
  const findings: Finding[] = [];
  if (client.inFolders.length > 0) {
    const what = `${whose} has servers of single folders, past the broker: ${someOf(client.inFolders)}`;
    const remedy = 'remove them there, or move them to `mcpServers` of the configuration';
    findings.push(found('warning', 'server_in_folder', what, client.path, remedy));
  }
  const off = client.servers.filter(({ isOurs, isDisabled }) => !isOurs && isDisabled);
  if (off.length > 0) {
    const what = `${whose} has ${someOf(off.map(({ name }) => name))} switched off, which not every client obeys`;
    const remedy = 'remove what is not to be reached past the broker';
    findings.push(found('note', 'server_switched_off', what, client.path, remedy));
  }
  if (bypassing.length > 0) {
    const names = someOf(bypassing.map(({ name }) => name));
    const what = `${whose} also reaches ${names} past the broker: neither decided nor recorded`;
    const remedy =
      'remove these entries from the file: the client gets their tools through the broker';
    findings.push(found('warning', 'server_bypassed', what, client.path, remedy));
  }
  if (shadows.length > 0) {
    const names = someOf(shadows.map(({ name }) => name));
    const what = `${whose} has servers this broker does not know: ${names}`;
    const remedy =
      'move these entries to `mcpServers` of the configuration (of one that stands there, take out `disabled`), and grant what is needed';
    findings.push(found('warning', 'server_shadow', what, client.path, remedy));
  }
  return findings;
}

/** Whether an entry and one of ours are the same tool server, by name or by how it is started. */
function isSame(
  { name, entry }: { readonly name: string; readonly entry: EntryView },
  spec: ToolServerSpec,
): boolean {
  if (name.toLowerCase() === spec.name.toLowerCase()) return true;
  if ('url' in entry) return spec.kind === 'http' && sameUrl(entry.url, spec.url);
  return (
    spec.kind === 'stdio' &&
    entry.command === spec.command &&
    JSON.stringify(entry.args) === JSON.stringify(spec.args)
  );
}

const sameUrl = (a: string, b: string): boolean =>
  URL.canParse(a) && URL.canParse(b) && new URL(a).href === new URL(b).href;
