import { isJsonObject, type Json } from '../domain/json.ts';

/** One text of a definition. */
export interface DefinitionText {
  readonly text: string;
  /** Whether it is the name of a member, and not a value. */
  readonly isMemberName: boolean;
  /** Where it stands, or whose name it is: segments of a JSON pointer, not escaped. */
  readonly path: readonly string[];
}

/**
 * Hands every text of a definition to `take`: strings wherever they stand, and the names of members.
 * `path` is only good for as long as `take` runs.
 */
export function eachText(
  value: Json,
  take: (text: DefinitionText) => void,
  path: string[] = [],
): void {
  if (typeof value === 'string') take({ text: value, isMemberName: false, path });
  else if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Json[]).entries()) {
      path.push(String(index));
      eachText(item, take, path);
      path.pop();
    }
  } else if (isJsonObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      path.push(name);
      take({ text: name, isMemberName: true, path });
      eachText(item, take, path);
      path.pop();
    }
  }
}

/**
 * Writes a path as a JSON pointer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6901
 */
export const jsonPointer = (path: readonly string[]): string =>
  path.map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
