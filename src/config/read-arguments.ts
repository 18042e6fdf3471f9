import { compileGlob } from '../authorize/glob.ts';
import { configError } from './config-error.ts';
import type { ConfigFile } from './config-schema.ts';
import { formatKeyPath } from './key-path.ts';

/** How much of a call's arguments is kept, from nothing to everything but known secrets. */
export const ARGUMENTS_MODES = ['none', 'digest', 'redacted', 'full'] as const;

/** One of them. */
export type ArgumentsMode = (typeof ARGUMENTS_MODES)[number];

/** What some tools of a server have in place of `audit.arguments`; all of the server without `matches`. */
export interface ArgumentsRule {
  readonly mode: ArgumentsMode;
  matches?(tool: string): boolean;
}

/** What is kept of arguments, by server; servers without a setting of their own are left out. */
export type ArgumentsRules = ReadonlyMap<string, readonly ArgumentsRule[]>;

/**
 * Reads `toolgrant.arguments` of every entry.
 *
 * @throws BrokerError `ERR_CONFIG` for a key that is no glob; it names the key.
 */
export function readArgumentsRules(servers: ConfigFile['mcpServers']): ArgumentsRules {
  const rules = new Map<string, readonly ArgumentsRule[]>();
  for (const [server, { toolgrant }] of Object.entries(servers)) {
    const said = toolgrant?.arguments;
    if (typeof said === 'string') rules.set(server, [{ mode: said }]);
    else if (said !== undefined) {
      rules.set(
        server,
        Object.entries(said).map(([pattern, mode]) => ruleOf(server, pattern, mode)),
      );
    }
  }
  return rules;
}

function ruleOf(server: string, pattern: string, mode: ArgumentsMode): ArgumentsRule {
  const compiled = compileGlob(pattern);
  if (compiled.ok) return { mode, matches: (tool) => compiled.glob.matches(tool) };
  const path = formatKeyPath(['mcpServers', server, 'toolgrant', 'arguments', pattern]);
  throw configError(`${path}: ${compiled.problem.message}`, compiled.problem.hint);
}

/**
 * What is kept of the arguments of a use. Where several patterns match a tool, the one that keeps least:
 * the order of a file's keys must not decide what is written down.
 */
export function argumentsModeOf(
  rules: ArgumentsRules,
  fallback: ArgumentsMode,
  target: { readonly server: string; readonly tool?: string },
): ArgumentsMode {
  const { tool } = target;
  const modes = (rules.get(target.server) ?? [])
    .filter((rule) => rule.matches === undefined || (tool !== undefined && rule.matches(tool)))
    .map(({ mode }) => ARGUMENTS_MODES.indexOf(mode));
  return modes.length === 0 ? fallback : (ARGUMENTS_MODES[Math.min(...modes)] ?? 'none');
}
