// The stacks of a CPU profile of V8, by the names of our sources.
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

const OUTSIDE = new Set(['(idle)', '(program)', '(root)']);

const maps = new Map();

/** Where a place in a bundle comes from; the place itself where nobody says. */
function originOf(url, line, column) {
  if (!url.includes('/dist/')) return { file: url, line };
  if (!maps.has(url)) {
    const path = `${fileURLToPath(url)}.map`;
    maps.set(
      url,
      existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined,
    );
  }
  const { originalSource, originalLine } = maps.get(url)?.findEntry(line, column) ?? {};
  return originalSource === undefined
    ? { file: url, line }
    : { file: originalSource, line: originalLine };
}

/** How a frame is named: its function, and the file where that says something. */
function nameOf({ functionName, url, lineNumber, columnNumber }) {
  const origin = originOf(url, lineNumber, columnNumber);
  const file = origin.file.replace(/^.*\/(dist|node_modules)\/|^(\.\.\/)+src\//, '');
  const name = functionName === '' ? '(anonymous)' : functionName;
  return file === '' ? name : `${name} ${file}:${origin.line + 1}`.replaceAll(';', ',');
}

/** Microseconds by stack, outermost frame first; without what is idle. */
export function collapsed({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((c) => [c, id])));
  const self = new Map();
  for (const [n, id] of samples.entries()) self.set(id, (self.get(id) ?? 0) + timeDeltas[n]);
  const stacks = new Map();
  for (const [id, micros] of self) {
    const { callFrame } = byId.get(id);
    if (callFrame.functionName === '(idle)') continue;
    const stack = [];
    for (let at = id; at !== undefined; at = parents.get(at))
      stack.unshift(nameOf(byId.get(at).callFrame));
    stacks.set(stack.slice(1), micros);
  }
  return stacks;
}

/** Functions by cost, the largest first: of themselves, or with what they call. */
export function costs(stacks, what) {
  const found = new Map();
  const add = (name, micros) => found.set(name, (found.get(name) ?? 0) + micros);
  for (const [stack, micros] of stacks) {
    if (what === 'self') add(stack.at(-1), micros);
    else for (const name of new Set(stack)) add(name, micros);
  }
  return [...found].filter(([name]) => !OUTSIDE.has(name)).toSorted((a, b) => b[1] - a[1]);
}
