import { argTypesOf } from '../authorize/arg-types.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RecordedArgs } from './recorded-use.ts';

/** Least depth of a folder that bounds anything: `/home/alice`, not `/home`. */
const MIN_DEPTH = 2;
/** What is between two slashes of a path every reading of which is the same, and that needs no quoting. */
const PLAIN_SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._@+=, -]*[A-Za-z0-9._@+=,-]$/;

/**
 * A condition that bounds arguments as far as all uses of a tool say the same: each argument that was a
 * path within one folder every time, or one file. `undefined` when nothing is obvious.
 *
 * @param uses the arguments of every use; what is not known of one of them bounds nothing.
 */
export function obviousBounds(
  uses: readonly RecordedArgs[],
  inputSchema: JsonObject | undefined,
): string | undefined {
  const types = argTypesOf(inputSchema ?? {});
  const conditions = [...types]
    .filter(([name, type]) => type === 'string' && /^[A-Za-z_]\w*$/.test(name))
    .flatMap(([name]) => {
      const root = commonRoot(uses.map(({ args, isKnown }) => (isKnown(name) ? args[name] : null)));
      return root === undefined ? [] : [`within(args.${name}, "${root}")`];
    });
  return conditions.length === 0 ? undefined : conditions.join(' && ');
}

function isPlainPath(text: string): boolean {
  const [before, ...segments] = text.split('/');
  return before === '' && segments.every((segment) => PLAIN_SEGMENT.test(segment));
}

/** The deepest folder all of the paths are within, or the one path they are; `undefined` when one is no path, or it says little. */
function commonRoot(values: readonly unknown[]): string | undefined {
  const paths = values.filter(
    (value): value is string => typeof value === 'string' && isPlainPath(value),
  );
  const [first] = paths;
  if (first === undefined || paths.length !== values.length) return undefined;
  const [start = [], ...others] = paths.map((path) => path.split('/').slice(1));
  let depth = start.length;
  for (const other of others) {
    const differs = start.findIndex((segment, at) => segment !== other[at]);
    if (differs !== -1) depth = Math.min(depth, differs);
  }
  // One and the same file each time is that file: what lies beside it nobody used.
  const root = start.slice(0, depth);
  return root.length < MIN_DEPTH ? undefined : `/${root.join('/')}`;
}
