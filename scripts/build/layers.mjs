// Which modules go into one file together. Left to itself a bundler makes a file for each set of commands that share
// something: more than a hundred, and a start would read most of them.
import { join } from 'node:path';

/** What every start needs, and what opens a state. */
const START = 'src/main.ts';
const STATE = 'src/compose.ts';
/** What serves, each loaded by its command. */
const FACES = [
  'src/cli/serve.ts',
  'src/cli/stdio.ts',
  'src/run-broker.ts',
  'src/run-faces.ts',
  'src/run-serve.ts',
];

/**
 * Makes the function that names the file of a module:
 *
 * - `start` is what every start needs, `state` what opens a state, each with all it imports;
 * - `broker` is what serves, and no other command needs; `rights` what such a command shares with it;
 * - `commands` is what several commands share and nothing that serves does.
 *
 * It names none for what one command, or one face, has for itself: that is a file of its own.
 *
 * @param root the folder of the project.
 */
export function layersOf(root) {
  let layers;
  return (id, graph) => {
    layers ??= readLayers(root, graph);
    return layers.get(id);
  };
}

function readLayers(root, graph) {
  const start = reached([join(root, START)], graph, 'importedIds');
  const state = reached([join(root, STATE)], graph, 'importedIds');
  const all = reached([join(root, START)], graph, 'importedIds', 'dynamicallyImportedIds');
  const faces = FACES.map((face) => join(root, face));
  const others = [...all]
    .flatMap((id) => graph.getModuleInfo(id)?.dynamicallyImportedIds ?? [])
    .filter((id) => !faces.includes(id) && id !== join(root, STATE));
  const served = countedBy(faces, graph);
  const commanded = countedBy(new Set(others), graph);
  const layerOf = (id) => {
    if (start.has(id)) return 'start';
    if (state.has(id)) return 'state';
    const serves = served.get(id) ?? 0;
    const commands = commanded.get(id) ?? 0;
    if (serves > 0 && commands > 0) return 'rights';
    if (serves > 1) return 'broker';
    return commands > 1 ? 'commands' : undefined;
  };
  return new Map([...all].map((id) => [id, layerOf(id)]));
}

/** Everything that is imported from some modules on, themselves included. */
function reached(roots, graph, ...ways) {
  const found = new Set();
  const waiting = [...roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    for (const way of ways) waiting.push(...(graph.getModuleInfo(next)?.[way] ?? []));
  }
  return found;
}

/** By module, how many of some roots import it. */
function countedBy(roots, graph) {
  const counts = new Map();
  for (const root of roots) {
    for (const id of reached([root], graph, 'importedIds')) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}
