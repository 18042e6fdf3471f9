// The chart of a run: bars of the sides against the tool server reached directly, where that is 1.
import { asked, listed, ratioOf } from './rounds.mjs';

const PARTS = [
  ['CPU per call, 8 clients', asked('http', '2026', 8, 100), 'cpu', { power: 0.45 }],
  [
    'calls a second, 32 clients (more is better)',
    asked('http', '2026', 32, 100),
    'rate',
    { power: 2 },
  ],
  ['p50, 1 client', asked('http', '2026', 1, 100), 'p50', { process: 0.9 }],
  ['p50, result of 1 MB', asked('http', '2026', 1, 1_000_000), 'p50', { power: 1.3 }],
  ['p50, list of 1,000 tools', listed('http', '2026', 1000), 'p50', { power: 0.6 }],
];
const LEFT = 210;
const WIDTH = 760;
const ROW = 18;
const colours = { direct: '#8a8f98', gateway: '#c0a06a', process: '#5b8fc9', power: '#2f5f9e' };

/** HTTP 2026-07-28, as SVG that is read on light and on dark. */
export function chart({ results, sides, machine }) {
  const parts = [];
  let y = 34;
  for (const [title, scenario, what, targets] of PARTS) {
    const figures = results[scenario.key];
    if (figures === undefined) continue;
    const bars = sides.flatMap(({ name, title: side }) => {
      const ratio = ratioOf(figures, name, 'direct', what)?.median;
      return ratio === undefined ? [] : [{ name, side, ratio }];
    });
    const most = Math.max(...bars.map(({ ratio }) => ratio), ...Object.values(targets));
    const scale = (WIDTH - LEFT - 70) / most;
    parts.push(`<text x="0" y="${y}" font-weight="bold">${title}</text>`);
    y += 8;
    for (const { name, side, ratio } of bars) {
      const width = (ratio * scale).toFixed(1);
      const target = targets[name];
      parts.push(
        `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${side}</text>`,
        `<rect x="${LEFT}" y="${y + 1}" width="${width}" height="${ROW - 4}" fill="${colours[name] ?? '#a58fb5'}"/>`,
        `<text x="${(LEFT + Number(width) + 5).toFixed(1)}" y="${y + 12}">${ratio.toFixed(2)} ×</text>`,
      );
      if (target !== undefined) {
        const x = (LEFT + target * scale).toFixed(1);
        parts.push(
          `<path d="M${x} ${y - 1}v${ROW}" stroke="#c0392b" stroke-width="2"><title>target ${target} ×</title></path>`,
        );
      }
      y += ROW;
    }
    y += 24;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="12" fill="#777">
<text x="0" y="12" font-size="9">HTTP 2026-07-28, tool server reached directly = 1 ×; red: target. ${machine}</text>
${parts.join('\n')}
</svg>
`;
}
