import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import { stringifyJson } from '../domain/json-text.ts';
import { jsonPointer } from './definition-texts.ts';
import { spellHidden } from './spell-hidden.ts';
import { type DifferencePart, wordDifference } from './word-difference.ts';

/** One member in which two definitions differ. */
export interface MemberDifference {
  /** Where, as a JSON pointer (RFC 6901), hidden characters spelled out. */
  readonly at: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** A text that changed, word by word; any other value whole, as JSON. One line each. */
  readonly parts: readonly DifferencePart[];
}

/** Members that are listed; how many more differ is said in one last entry. */
const MAX_DIFFERENCES = 200;
/** Text of all parts together, characters, before hidden ones are spelled out. */
const MAX_TEXT = 262_144;
const MAX_POINTER = 1_024;

/**
 * Where two definitions differ: the smallest members that do, whatever the order members came in, in
 * the order of the definition before. Empty exactly when their canonical forms are equal. A missing
 * definition counts as one without members. Time and size are bounded, for definitions of any size.
 *
 * Of two lists of different length the items that are equal at both ends are left out, and the others
 * are shown as removed and added.
 */
export function compareDefinitions(
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): readonly MemberDifference[] {
  const report = createReport();
  compareObjects(before ?? {}, after ?? {}, [], report);
  if (report.found.length === 0 && (before === undefined) !== (after === undefined)) {
    report.add([], before === undefined ? undefined : {}, after === undefined ? undefined : {});
  }
  return report.end();
}

/** Takes what differs; a side that is `undefined` has no such member. */
interface Report {
  readonly found: readonly MemberDifference[];
  add(path: readonly string[], before: Json | undefined, after: Json | undefined): void;
  end(): readonly MemberDifference[];
}

function compare(before: Json, after: Json, path: string[], report: Report): void {
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, report);
  else if (isJsonObject(before) && isJsonObject(after)) compareObjects(before, after, path, report);
  else if (!isSame(before, after)) report.add(path, before, after);
}

function compareObjects(
  before: JsonObject,
  after: JsonObject,
  path: string[],
  report: Report,
): void {
  const added = Object.keys(after).filter((name) => !Object.hasOwn(before, name));
  for (const name of [...Object.keys(before), ...added]) {
    const [one, other] = [member(before, name), member(after, name)];
    path.push(name);
    if (one !== undefined && other !== undefined) compare(one, other, path, report);
    else report.add(path, one, other);
    path.pop();
  }
}

function compareLists(
  before: readonly Json[],
  after: readonly Json[],
  path: string[],
  report: Report,
): void {
  const at = (index: number, one: Json | undefined, other: Json | undefined): void => {
    path.push(String(index));
    if (one !== undefined && other !== undefined) compare(one, other, path, report);
    else report.add(path, one, other);
    path.pop();
  };
  if (before.length === after.length) {
    for (const [index, item] of before.entries()) at(index, item, after[index]);
    return;
  }
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && isSame(before[start], after[start])) start += 1;
  let end = 0;
  while (end < most - start && isSame(before.at(-1 - end), after.at(-1 - end))) end += 1;
  for (let index = start; index < before.length - end; index += 1) {
    at(index, before[index], undefined);
  }
  for (let index = start; index < after.length - end; index += 1) {
    at(index, undefined, after[index]);
  }
}

/** Whether two values have one canonical form (RFC 8785). */
function isSame(before: Json | undefined, after: Json | undefined): boolean {
  if (before === after) return true;
  if (before === undefined || after === undefined) return false;
  if (Array.isArray(before)) {
    if (!Array.isArray(after) || before.length !== after.length) return false;
    return before.every((item, index) => isSame(item, after[index]));
  }
  if (isJsonObject(before)) {
    if (!isJsonObject(after)) return false;
    const names = Object.keys(before);
    if (names.length !== Object.keys(after).length) return false;
    return names.every((name) => isSame(member(before, name), member(after, name)));
  }
  return typeof after !== 'string' && typeof before !== 'string'
    ? !Array.isArray(after) &&
        !isJsonObject(after) &&
        stringifyJson(before) === stringifyJson(after)
    : false;
}

function createReport(): Report {
  const found: MemberDifference[] = [];
  let more = 0;
  let room = MAX_TEXT;

  function partsOf(before: Json | undefined, after: Json | undefined): readonly DifferencePart[] {
    if (typeof before === 'string' && typeof after === 'string') {
      const parts = wordDifference(before, after, room);
      room = Math.max(MAX_POINTER, room - before.length - after.length);
      return parts;
    }
    const parts: DifferencePart[] = [];
    for (const [kind, value] of [
      ['removed', before],
      ['added', after],
    ] as const) {
      if (value === undefined) continue;
      const text = stringifyJson(value);
      parts.push({ kind, text: spellHidden(text, { maxChars: room }) });
      room = Math.max(MAX_POINTER, room - text.length);
    }
    return parts;
  }

  return {
    found,
    add(path, before, after) {
      if (found.length >= MAX_DIFFERENCES) {
        more += 1;
        return;
      }
      const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
      const at = spellHidden(jsonPointer(path.map((name) => name.slice(0, MAX_POINTER))), {
        maxChars: MAX_POINTER,
      });
      found.push({ at, kind, parts: partsOf(before, after) });
    },
    end: () =>
      more === 0
        ? found
        : [
            ...found,
            { at: '', kind: 'changed', parts: [{ kind: 'same', text: `${more} more members` }] },
          ],
  };
}
