/** Steps between a number and its double: a step is 2.2 %. */
const STEPS = 32;

/** How long things took, counted in steps that grow with them: its size is fixed. */
export class Durations {
  readonly #counts = new Uint32Array(33 * STEPS);
  #total = 0;

  /** @param us microseconds; 0 is nothing and not counted. */
  add(us: number): void {
    if (us < 1) return;
    const step = Math.floor(Math.log2(us) * STEPS);
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#total += 1;
  }

  /** What so large a part of them did not exceed; `undefined` of none. Within 2.2 %. */
  quantile(part: number): number | undefined {
    if (this.#total === 0) return undefined;
    let left = Math.ceil(this.#total * part);
    for (let step = 0; step < this.#counts.length; step += 1) {
      left -= this.#counts[step] ?? 0;
      if (left <= 0) return Math.round(2 ** ((step + 0.5) / STEPS));
    }
    return undefined;
  }
}
