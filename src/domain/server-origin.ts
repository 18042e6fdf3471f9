/**
 * What a tool server was started from, or reached at, as far as that can be told without running it.
 *
 * Attack: a package that was looked at is another one at the next start, and offers the same tools; or
 * another server stands under the name that grants give.
 */
export interface ServerOrigin {
  /** The npm package its entry file belongs to, `name@version`. */
  readonly package?: string;
  /** SHA-256, hex, of the file that is run: a script, or a program that stands alone. */
  readonly entry?: string;
  /** Scheme, host and port of one over HTTP. */
  readonly address?: string;
}

/** What of a server's identity is another than it was approved with. */
export interface ServerChange {
  /** Members that differ, as they are now. */
  readonly origin?: ServerOrigin;
  /** What it calls itself now (`serverInfo.name`). */
  readonly name?: string;
}

/**
 * How a server differs from itself as it was approved; `undefined` when it does not. A package or name
 * that one side does not say is not compared: it may be another machine's, or was approved by an earlier
 * version.
 *
 * Attack: the file that was approved is taken away, and the same entry fetches whatever has its name: what
 * cannot be looked at any more is not what was approved.
 */
export function identityChange(
  approved: { readonly origin?: ServerOrigin; readonly name: string | undefined },
  now: { readonly origin?: ServerOrigin; readonly name: string | undefined },
): ServerChange | undefined {
  const differs = (member: keyof ServerOrigin): boolean => {
    const [before, after] = [approved.origin?.[member], now.origin?.[member]];
    return before !== undefined && after !== undefined && before !== after;
  };
  const members = (['package', 'entry', 'address'] as const).filter(differs);
  const isRenamed =
    approved.name !== undefined && now.name !== undefined && approved.name !== now.name;
  // A program where an address was, or the other way round, is another server.
  const isMoved =
    approved.origin !== undefined &&
    now.origin !== undefined &&
    ((approved.origin.address === undefined) !== (now.origin.address === undefined) ||
      (approved.origin.entry !== undefined && now.origin.entry === undefined));
  if (members.length === 0 && !isRenamed && !isMoved) return undefined;
  return {
    ...(members.length === 0 && !isMoved ? {} : { origin: now.origin ?? {} }),
    ...(isRenamed && now.name !== undefined ? { name: now.name } : {}),
  };
}
