import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { ClientView, EntryView } from './doctor-context.ts';
import type { Facts } from './facts.ts';
import { type Finding, findingsOf } from './finding.ts';

const found = findingsOf('clients');

interface OurEntry {
  readonly name: string;
  readonly entry: EntryView;
  readonly isDisabled: boolean;
}

/** What is stale in an entry of ours: paths that are gone, another configuration, a profile that is out. */
export function checkOurEntry(
  client: ClientView,
  { name, entry, isDisabled }: OurEntry,
  facts: Facts,
): readonly Finding[] {
  const { title, path, needsRestart } = client;
  const again = `toolgrant connect ${client.id} --subject SUBJECT`;
  const findings: Finding[] = [];
  if (isDisabled) {
    const what = `${title} has our entry ${name} switched off`;
    findings.push(found('warning', 'entry_disabled', what, path, `switch it on; ${needsRestart}`));
  }
  if ('url' in entry) return [...findings, ...ofAddress(entry.url)];
  return [...findings, ...ofCommand(entry)];

  function ofAddress(url: string): readonly Finding[] {
    const { config } = facts.context.settings;
    if (config === undefined || leadsTo(url, config)) return [];
    const what = `${title} looks for the broker at an address it does not have`;
    return [found('warning', 'entry_address', what, path, again)];
  }

  function ofCommand({ command, args, env }: Exclude<EntryView, { readonly type: 'http' }>) {
    const stale: Finding[] = [];
    const gone = [command, ...args.filter((word) => /toolgrant(?:\.js)?$/.test(word))].filter(
      (word) => isAbsolute(word) && !existsSync(word),
    );
    if (gone.length > 0) {
      const what = `${title} starts us by a path that is gone: ${gone[0]}`;
      stale.push(found('problem', 'entry_stale', what, path, again));
    } else if (!isAbsolute(command) && client.id === 'claude-desktop') {
      const what = `${title} has not your shell’s PATH, and our entry has no absolute path`;
      stale.push(found('warning', 'entry_relative', what, path, again));
    }
    const { process, settings } = facts.context;
    const named = optionOf('--config', args) ?? env.TOOLGRANT_CONFIG ?? process.usualConfig;
    if (!isAbsolute(named)) {
      const what = `${title} starts us with a relative configuration`;
      return [...stale, found('warning', 'entry_config', what, path, again)];
    }
    if (!existsSync(named)) {
      const what = `${title} starts us with a configuration that is gone: ${named}`;
      return [...stale, found('problem', 'entry_config', what, path, again)];
    }
    if (settings.path === undefined || !isSameFile(named, settings.path)) {
      const what = `${title} uses another configuration: ${named}`;
      const remedy = `toolgrant --config ${named} doctor`;
      return [...stale, found('warning', 'entry_config', what, path, remedy)];
    }
    return [...stale, ...ofProfile(optionOf('--profile', args))];
  }

  function ofProfile(profile: string | undefined): readonly Finding[] {
    if (profile === undefined || facts.profiles?.ok !== true) return [];
    const known = facts.profiles.value.find((one) => one.name === profile);
    if (known === undefined) {
      const what = `${title} starts with the profile ${profile}, which does not exist`;
      return [found('problem', 'entry_profile', what, path, again)];
    }
    if (known.revokedAt === undefined) return [];
    const what = `${title} is shut out: a session of its profile ${profile} was revoked`;
    return [found('warning', 'entry_profile', what, path, again)];
  }
}

/** The value of an option, joined by `=` or in the next word. */
function optionOf(option: string, args: readonly string[]): string | undefined {
  const at = args.indexOf(option);
  if (at !== -1) return args[at + 1];
  return args.find((word) => word.startsWith(`${option}=`))?.slice(option.length + 1);
}

function isSameFile(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return resolve(a) === resolve(b);
  }
}

function leadsTo(
  text: string,
  {
    listen,
    publicUrl,
  }: { readonly listen: { readonly port: number }; readonly publicUrl?: string },
): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (publicUrl !== undefined && url.host === new URL(publicUrl).host) return true;
  const isLocal = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(url.hostname);
  // Port 0: any may be ours.
  return isLocal && (listen.port === 0 || Number(url.port) === listen.port);
}
