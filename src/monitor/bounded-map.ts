/** A map that forgets what was noted longest ago as soon as it holds more than it may. */
export class BoundedMap<Value> {
  readonly #values = new Map<number, Value>();
  readonly #most: number;

  /** @param most entries; whoever fills it pushes out what is old, and takes no more memory. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: number): Value | undefined {
    return this.#values.get(key);
  }

  values(): Iterable<Value> {
    return this.#values.values();
  }

  clear(): void {
    this.#values.clear();
  }

  set(key: number, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#most) return;
    const oldest = this.#values.keys().next();
    if (oldest.done !== true) this.#values.delete(oldest.value);
  }
}
