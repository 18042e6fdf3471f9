/** Makes something when it is first asked for: most uses never ask. `make` is not asked again unless it threw. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
