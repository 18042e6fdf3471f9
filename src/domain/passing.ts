/**
 * A map of what comes and goes with every call, which holds on to nothing that is gone.
 *
 * Of a `Map` that something is added to and deleted from without end, V8 keeps each table it has outgrown as long
 * as the one before it, with all that was in it then: once the first is old, every call's objects are, until
 * the next collection of the whole heap. Here a table holds boxes, and what is deleted leaves an empty one.
 */
export class Passing<K, V> {
  readonly #boxes = new Map<K, { value: V | undefined }>();

  get size(): number {
    return this.#boxes.size;
  }

  has(key: K): boolean {
    return this.#boxes.has(key);
  }

  get(key: K): V | undefined {
    return this.#boxes.get(key)?.value;
  }

  set(key: K, value: V): void {
    const box = this.#boxes.get(key);
    if (box === undefined) this.#boxes.set(key, { value });
    else box.value = value;
  }

  /** Whether it was there. */
  delete(key: K): boolean {
    const box = this.#boxes.get(key);
    if (box === undefined) return false;
    box.value = undefined;
    return this.#boxes.delete(key);
  }

  /** What is there now, in the order it came. */
  values(): readonly V[] {
    return [...this.#boxes.values()].map(({ value }) => value as V);
  }

  clear(): void {
    for (const box of this.#boxes.values()) box.value = undefined;
    this.#boxes.clear();
  }
}
