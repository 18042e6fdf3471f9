/** How many edits (insert, delete, replace, swap two neighbours) lead from one text to the other, case aside. */
export function editDistance(left: string, right: string): number {
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(
        cell(rows, i - 1, j) + 1,
        (row[j - 1] ?? 0) + 1,
        cell(rows, i - 1, j - 1) + cost,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, cell(rows, i - 2, j - 2) + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return cell(rows, a.length, b.length);
}

const cell = (rows: readonly number[][], i: number, j: number): number => rows[i]?.[j] ?? 0;

/** The known key nearest to an unknown one; the first of equals. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  // A key as long as a novel would make the table as large as one.
  const short = key.slice(0, 64);
  let best: { readonly key: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(short, candidate);
    if (best === undefined || distance < best.distance) best = { key: candidate, distance };
  }
  return best?.key;
}
