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

function* processesOf({ coldStart, memory, cpu }) {
  if (memory === undefined) return;
  yield '### Processes\n';
  yield '| side, of ten tools | cold start to first list, ms | CPU µs each, first 1,000 calls | the last 1,000 | memory at rest, MB | during calls, MB | at rest after them, MB | calls |';
  yield '|---|---|---|---|---|---|---|---|';
  for (const [name, { title, rest, during, after, calls }] of Object.entries(memory)) {
    const { first, last } = cpu[name];
    const figures = [coldStart[name], first, last, rest, during, after, calls];
    const cells = figures.map((one) => number(one, 0));
    yield `| ${title} | ${cells.join(' | ')} |`;
  }
  yield '';
}

function* growthOf({ growth }) {
  if (growth === undefined) return;
  const { holds, results } = growth;
  const held = [holds.grants, holds.sessions, holds.events].map((one) => number(one, 0));
  const titles = {
    little: '10 grants, 10 sessions, 10 events',
    much: `${held[0]} grants, ${held[1]} sessions, ${held[2]} events`,
  };
  yield '### A state that has grown, power-safe, HTTP 2026-07-28\n';
  yield '| asked | state holds | p50 ms | p99 ms | a second | CPU µs each |';
  yield '|---|---|---|---|---|---|';
  for (const [key, figures] of Object.entries(results)) {
    const [, , , clients] = key.split(' ');
    const asked = titleOf({ clients: Number(clients), bytes: 100, face: 'http' });
    for (const [name, title] of Object.entries(titles)) {
      const of = (what, digits) => number(figureOf(figures, name, what), digits);
      const cells = [asked, title, of('p50', 2), of('p99', 2), of('rate', 0), of('cpu', 0)];
      yield `| ${cells.join(' | ')} |`;
    }
  }
  yield '';
}

/** How warm the code was that was measured. */
function warmthOf({ warming: { calls, ms }, firstMs }) {
  if (calls === 0) return 'The code was cold: nothing was asked of it before but for a moment.';
  return `Before it was measured, every process had answered ${number(calls)} calls of 8 clients, or as many as it could in ${number(ms / 1000)} s, by each way in and in each era, and of each row ${number(firstMs / 1000, 1)} s.`;
}

/** The whole report. */
export function report(run) {
  const { machine, isBusy, judgements, fsyncMs, rounds, turnMs, seconds } = run;
  const lines = [
    `${machine}. ${rounds} rounds of ${turnMs} ms a side, ${number(seconds / 60, 0)} minutes in all. 4 KiB and fdatasync: ${fsyncMs.toFixed(2)} ms.`,
    '',
    warmthOf(run),
    ...(isBusy
      ? ['', '**Taken beside other work on the machine: read the ratios, not the figures.**']
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
    ...processesOf(run),
    ...growthOf(run),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
