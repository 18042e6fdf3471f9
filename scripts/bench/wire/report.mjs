// The tables of a run, in Markdown.
import { figureOf, ratioOf } from './rounds.mjs';

const number = (value, digits) =>
  value === undefined ? '' : value.toLocaleString('en', { maximumFractionDigits: digits });

/** How a scenario is put for a reader. */
function titleOf({ clients, bytes, tools, face }) {
  if (tools !== undefined) return `list of ${number(tools)} tools`;
  const size =
    bytes >= 1e6 ? `${bytes / 1e6} MB` : bytes >= 1e3 ? `${bytes / 1e3} KB` : `${bytes} B`;
  const who =
    face === 'stdio' ? `${clients} in flight` : `${clients} client${clients > 1 ? 's' : ''}`;
  return `${size}, ${who}`;
}

function* tablesOf({ scenarios, results, sides }) {
  const groups = Map.groupBy(scenarios, ({ face, era }) => `${face} ${era}`);
  for (const [group, own] of groups) {
    const [face, era] = group.split(' ');
    yield `### ${face === 'http' ? 'HTTP' : 'stdio'}, ${era === '2026' ? '2026-07-28' : '2025-11-25'}\n`;
    yield '| asked | side | p50 ms | p99 ms | a second | CPU µs each | p50, of direct | CPU, of direct |';
    yield '|---|---|---|---|---|---|---|---|';
    for (const scenario of own) {
      const figures = results[scenario.key];
      for (const { name, title } of sides) {
        if (figures?.[name] === undefined) continue;
        const of = (what) => figureOf(figures, name, what);
        const ratio = (what) => ratioOf(figures, name, 'direct', what);
        const cells = [
          ...[titleOf(scenario), title, number(of('p50'), 2), number(of('p99'), 2)],
          ...[number(of('rate'), 0), number(of('cpu'), 0)],
          ...[ratio('p50'), ratio('cpu')].map((one) =>
            one === undefined ? '' : one.median.toFixed(2),
          ),
        ];
        yield `| ${cells.join(' | ')} |`;
      }
    }
    yield '';
  }
}

/** The whole report. */
export function report(run) {
  const { machine, isBusy, judgements, sides, coldStart, memory, fsyncMs, rounds, turnMs } = run;
  const lines = [
    `${machine}. ${rounds} rounds of ${turnMs} ms a side. 4 KiB and fdatasync: ${fsyncMs.toFixed(2)} ms.`,
    ...(isBusy
      ? [
          '',
          '**Taken under load, of other work on the machine: read the ratios, not the figures.**',
        ]
      : []),
    '',
    '### Against what is aimed at',
    '',
    'Ratios are medians over rounds, with their quartiles.',
    '',
    '| what | target | seen | |',
    '|---|---|---|---|',
    ...judgements.map(
      ({ what, target, seen, isMet }) =>
        `| ${what} | ${target} | ${seen} | ${isMet ? 'met' : 'not met'} |`,
    ),
    '',
    ...tablesOf(run),
    '### Processes',
    '',
    '| side | cold start to first list, ms | memory at rest, MB | after calls, MB | calls |',
    '|---|---|---|---|---|',
    ...sides
      .filter(({ name }) => memory[name] !== undefined)
      .map(({ name, title }) => {
        const { rest, after, calls } = memory[name];
        const cells = [coldStart[name], rest, after, calls].map((one) => number(one, 0));
        return `| ${title} | ${cells.join(' | ')} |`;
      }),
  ];
  return `${lines.join('\n')}\n`;
}
