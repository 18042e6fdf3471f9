import type { Facts } from './facts.ts';
import { type Finding, findingsOf } from './finding.ts';

const found = findingsOf('configuration');
const files = findingsOf('files');

const CHECKS = {
  missing: 'configuration_missing',
  invalid: 'configuration_invalid',
  reference: 'reference_unresolved',
  reach: 'server_reaches_us',
} as const;

/** Whether the configuration can be used, and what in it leads nowhere. */
export function checkSettings({ context }: Facts): readonly Finding[] {
  const { config, faults, path = '' } = context.settings;
  const findings = faults.flatMap(({ kind, what, remedy }) =>
    kind === 'unsafe' || kind === 'exposed'
      ? []
      : [found('problem', CHECKS[kind], what, path, remedy)],
  );
  for (const warning of config?.warnings ?? []) {
    const remedy = 'see docs/configuration.md for what is read there';
    findings.push(found('warning', 'configuration_odd', warning, path, remedy));
  }
  if (findings.length > 0) return findings;
  const { length } = config?.specs ?? [];
  const servers = length === 1 ? '1 tool server' : `${length} tool servers`;
  return [found('ok', 'configuration', `can be used: ${servers}`, path)];
}

/** Who else can write what brokers obey, or read what they keep. */
export function checkFiles({ context }: Facts): readonly Finding[] {
  const { config, faults } = context.settings;
  const findings = faults.flatMap(({ kind, what, remedy }) => {
    if (kind === 'unsafe') return [files('problem', 'open_to_others', what, '', remedy)];
    if (kind === 'exposed') return [files('warning', 'secret_exposed', what, '', remedy)];
    return [];
  });
  if (findings.length > 0 || config === undefined || context.process.uid === undefined) {
    return findings;
  }
  return [
    files(
      'ok',
      'files',
      'nobody else can write configuration, grants or lock, or open the state',
      config.configDir,
    ),
  ];
}
