import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { ToolServerSpec } from '../../dispatch/tool-server.ts';
import type { Facts, Start } from './facts.ts';
import { type Finding, findingsOf } from './finding.ts';
import { type FetchedPackage, unpinnedPackage } from './unpinned-package.ts';

const found = findingsOf('servers');

/** Milliseconds several clients wait for a server to be ready. */
const PATIENCE_MS = 10_000;

const UNPINNED: Readonly<Record<FetchedPackage, readonly [what: string, remedy: string]>> = {
  npm: ['a package', 'write the version after its name, `NAME@1.2.3`'],
  python: ['a package', 'write the version after its name, `NAME==1.2.3`'],
  image: ['an image', 'write a version or, better, a digest after its name, `NAME@sha256:…`'],
};

/** How each tool server is started or reached, and how that went. */
export function checkServers(facts: Facts): readonly Finding[] {
  const { config, clearText, inherited } = facts.context.settings;
  if (config === undefined) return [];
  const findings = config.specs.flatMap((spec) => {
    const started = facts.starts.get(spec.name);
    return [
      ...looks(spec, clearText, dirname(facts.context.process.nodePath)),
      ...(started === undefined ? [] : startOf(spec, started)),
    ];
  });
  if (config.specs.some(({ kind }) => kind === 'stdio')) {
    const what = `processes of tool servers inherit ${inherited.join(', ') || 'nothing'}, nothing else`;
    findings.push(found('ok', 'environment', what));
  }
  return findings;
}

function looks(
  spec: ToolServerSpec,
  clearText: readonly string[],
  ownFolder: string,
): readonly Finding[] {
  if (spec.kind === 'http') {
    if (!clearText.includes(spec.name)) return [];
    const what = 'is reached over http: anybody on the way reads and changes what is said';
    return [found('warning', 'clear_text', what, spec.name, 'use an https address')];
  }
  const findings: Finding[] = [];
  const fetched = unpinnedPackage(spec.command, spec.args);
  if (fetched !== undefined) {
    const [thing, remedy] = UNPINNED[fetched];
    const what = `starts ${thing} without a version: what runs tomorrow nobody has seen`;
    findings.push(found('warning', 'unpinned_package', what, spec.name, remedy));
  }
  if (!isThere(spec, ownFolder)) {
    const what = isAbsolute(spec.command)
      ? 'its command is no program that can be run'
      : 'its command is in no folder of PATH';
    const remedy =
      'install it, or write its absolute path: clients start us without your shell’s PATH';
    findings.push(found('problem', 'command_missing', what, spec.name, remedy));
  }
  return findings;
}

function startOf({ name }: ToolServerSpec, start: Start): readonly Finding[] {
  switch (start.kind) {
    case 'asks': {
      const what = 'is not started before somebody approves it';
      return [found('note', 'server_asks', what, name, `toolgrant tools approve ${name}`)];
    }
    case 'unsafe': {
      const what = 'was not started: others can write the files that say how';
      return [found('note', 'server_not_started', what, name, 'close them first, see `files`')];
    }
    case 'left_out':
      return [found('note', 'server_not_started', 'was not started', name)];
    case 'failed':
      return [found('problem', 'server_failed', start.what, name, start.remedy ?? LOOK)];
    case 'started': {
      const { offer, readyMs } = start;
      const what = `revision ${offer.revision}, ready in ${readyMs} ms, ${offer.tools.length} tools`;
      const findings = [found('ok', 'server', what, name)];
      if (readyMs > PATIENCE_MS) {
        const slow = `took ${readyMs} ms to be ready: several clients wait no longer than 10 s`;
        findings.push(
          found('note', 'server_slow', slow, name, 'install it, instead of fetching it'),
        );
      }
      return findings;
    }
  }
}

const LOOK = 'see what it says with `toolgrant --log-level info tools diff --live`';

/** `ownFolder`, where our own Node is, comes last in every server's PATH. */
function isThere(spec: ToolServerSpec & { readonly kind: 'stdio' }, ownFolder: string): boolean {
  if (isAbsolute(spec.command)) return isProgram(spec.command);
  if (/[\\/]/.test(spec.command)) return isProgram(join(spec.cwd, spec.command));
  const endings = delimiter === ';' ? ['', '.exe', '.cmd', '.bat'] : [''];
  return [...(spec.env.PATH ?? spec.env.Path ?? '').split(delimiter), ownFolder].some((folder) =>
    endings.some((end) => isProgram(join(folder, spec.command + end))),
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
