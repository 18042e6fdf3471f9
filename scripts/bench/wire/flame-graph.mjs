// A flame graph of stacks, in one SVG without a script: a box is a function, its width the time, its
// title the whole name.

const WIDTH = 1600;
const ROW = 16;
/** Boxes narrower than this, in pixels, are left out. */
const LEAST = 0.4;
const TEXT_PX = 6.4;

const escaped = (text) =>
  text.replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign],
  );

function treeOf(stacks) {
  const root = { name: 'all', micros: 0, children: new Map() };
  for (const [stack, micros] of stacks) {
    let at = root;
    at.micros += micros;
    for (const name of stack) {
      const child = at.children.get(name) ?? { name, micros: 0, children: new Map() };
      at.children.set(name, child);
      child.micros += micros;
      at = child;
    }
  }
  return root;
}

function colourOf(name) {
  if (name.includes(' node:')) return '#c9d6e8';
  if (name.startsWith('(')) return '#d8d8d8';
  return name.includes('@') || /better-sqlite3|pino|zod/.test(name) ? '#e8c99a' : '#e89a7a';
}

/** @param stacks microseconds by stack, outermost frame first. */
export function flameGraph(stacks, title) {
  const root = treeOf(stacks);
  const scale = WIDTH / root.micros;
  const boxes = [];
  let depth = 0;
  const draw = (node, x, row) => {
    const width = node.micros * scale;
    if (width < LEAST) return;
    depth = Math.max(depth, row);
    boxes.push({ ...node, x, width, row });
    let from = x;
    for (const child of [...node.children.values()].toSorted((a, b) => b.micros - a.micros)) {
      draw(child, from, row + 1);
      from += child.micros * scale;
    }
  };
  draw(root, 0, 0);
  const height = (depth + 3) * ROW;
  const shapes = boxes.map(({ name, micros, x, width, row }) => {
    const y = height - (row + 1) * ROW;
    const share = ((100 * micros) / root.micros).toFixed(1);
    const room = Math.floor(width / TEXT_PX) - 1;
    const text =
      room < 3
        ? ''
        : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(name.slice(0, room))}</text>`;
    const at = `x="${x.toFixed(1)}" y="${y}" width="${Math.max(width - 0.3, 0.1).toFixed(1)}"`;
    return `<g><title>${escaped(name)} ${share}%</title><rect ${at} height="${ROW - 1}" fill="${colourOf(name)}"/>${text}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="10.5">
<text x="3" y="12">${escaped(title)}</text>
${shapes.join('\n')}
</svg>
`;
}
