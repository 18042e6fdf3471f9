/** Collects figures: prints each as it is measured, and all of them as a table at the end. */
export function createFigures() {
  const rows = [];
  let isBroken = false;
  return {
    /** A measured value beside what it must be, when it must be something. */
    figure(part, what, value, must) {
      const isWrong = must !== undefined && value !== must;
      isBroken ||= isWrong;
      rows.push({ part, what, value: String(value), must: must === undefined ? '' : String(must) });
      const note = isWrong ? `   MUST BE ${must}` : '';
      console.log(`${part.padEnd(14)} ${what.padEnd(58)} ${value}${note}`);
    },
    isBroken: () => isBroken,
    table: () => [
      '| part | figure | measured | must be |',
      '|---|---|---|---|',
      ...rows.map(({ part, what, value, must }) => `| ${part} | ${what} | ${value} | ${must} |`),
    ],
  };
}

/** Median, 99th percentile and maximum of durations in milliseconds. */
export function spread(times) {
  if (times.length === 0) return 'none';
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] * 10) / 10;
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
}

/** Says how far a part has come, at most every ten seconds; on standard error, apart from the figures. */
export function progress(part) {
  let saidMs = performance.now();
  return (text) => {
    if (performance.now() - saidMs < 10_000) return;
    saidMs = performance.now();
    console.error(`  … ${part}: ${text()}`);
  };
}
