import { compileGlob, type Glob } from '../authorize/glob.ts';
import { LABELS, type Label } from '../domain/label.ts';
import { DEFAULT_RESULT_SETTINGS, type ResultSettings } from '../inspect/result-settings.ts';
import { configError } from './config-error.ts';
import type { ServerEntry } from './config-schema.ts';
import { formatKeyPath } from './key-path.ts';

/** What the configuration says of one tool server's tools, by their own names. */
export interface ToolOptions {
  /** Labels of a tool, each once, in the order of `LABELS`. */
  labelsOf(tool: string): readonly Label[];
  /** What is done about what its results hold; without a tool, of everything else the server answers. */
  resultsOf(tool?: string): ResultSettings;
}

/**
 * Reads `labels` and `results` of an entry. Of the globs under `results.tools` every one that matches
 * counts, a later one over an earlier.
 *
 * @throws BrokerError `ERR_CONFIG` for a glob that is none; names the key.
 */
export function readToolOptions(name: string, entry: ServerEntry): ToolOptions {
  const { labels = {}, results = {} } = entry.toolgrant ?? {};
  const at = (...path: readonly string[]) => ['mcpServers', name, 'toolgrant', ...path];
  const labelled = Object.entries(labels).map(([pattern, of]) => ({
    glob: readGlob(pattern, at('labels', pattern)),
    labels: of,
  }));
  const { tools = {}, ...shared } = results;
  const byTool = Object.entries(tools).map(([pattern, of]) => ({
    glob: readGlob(pattern, at('results', 'tools', pattern)),
    settings: of as Partial<ResultSettings>,
  }));
  const ofServer: ResultSettings = {
    ...DEFAULT_RESULT_SETTINGS,
    ...(shared as Partial<ResultSettings>),
  };
  return {
    labelsOf(tool) {
      const found = new Set(
        labelled.flatMap((each) => (each.glob.matches(tool) ? each.labels : [])),
      );
      return LABELS.filter((label) => found.has(label));
    },
    resultsOf(tool) {
      if (tool === undefined) return ofServer;
      const matching = byTool.filter(({ glob }) => glob.matches(tool));
      return Object.assign({}, ofServer, ...matching.map(({ settings }) => settings));
    },
  };
}

function readGlob(pattern: string, key: readonly string[]): Glob {
  const compiled = compileGlob(pattern);
  if (compiled.ok) return compiled.glob;
  throw configError(`${formatKeyPath(key)}: ${compiled.problem.message}`, compiled.problem.hint);
}
