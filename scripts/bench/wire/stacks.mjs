// The stacks of a CPU profile of V8.

const OUTSIDE = new Set(['(idle)', '(program)', '(root)']);

/** How a frame is named: its function, and the file where that says something. */
function nameOf({ functionName, url, lineNumber }) {
  const file = url.replace(/^.*\/(dist|node_modules)\//, '').replace(/^node:/, 'node:');
  const name = functionName === '' ? '(anonymous)' : functionName;
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`.replaceAll(';', ',');
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
