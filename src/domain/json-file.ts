/** Where a JSON text is wrong, and how. Line and column count from 1, columns in UTF-16 units. */
export interface JsonProblem {
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

class Stop extends Error {
  readonly at: number;
  constructor(at: number, problem: string) {
    super(problem);
    this.at = at;
  }
}

/** How much of JSON a file may use. */
export interface ScanOptions {
  /** Deepest nesting; default 64. */
  readonly maxDepth?: number;
  /** Whether a key `__proto__` passes: only where objects are read by their own members. */
  readonly mayHoldProto?: boolean;
}

const MAX_DEPTH = 64;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 section 7 names these characters
const STRING_PART = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Finds the first thing wrong with a JSON text: what RFC 8259 does not allow, and two keys of one
 * object that are equal once decoded.
 *
 * `JSON.parse` keeps the last of two equal keys and says nothing, so one file can say two things, and
 * its own errors quote the text around them, which may be a credential. A key `__proto__` is refused:
 * objects made from it are not what they seem. Unless `options` say otherwise.
 */
export function checkJsonFile(text: string, options: ScanOptions = {}): JsonProblem | undefined {
  const { maxDepth = MAX_DEPTH, mayHoldProto = false } = options;
  let at = 0;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };

  /**
   * Intentionally part by part. Attack: a definition of a few million line ends, which one expression
   * over the whole string can only read with more stack than there is, makes the file unreadable.
   */
  const takeString = (): string | undefined => {
    const start = at;
    if (text[at] === '"') {
      at += 1;
      while (take(STRING_PART) !== undefined);
      if (text[at] === '"') {
        at += 1;
        return text.slice(start, at);
      }
    }
    at = start;
    return undefined;
  };

  const unexpected = (wanted: string): Stop => {
    if (at >= text.length) return new Stop(at, `the text ends where ${wanted} should be`);
    if (text[at] === '/') return new Stop(at, 'comments are not JSON');
    if (text[at] === "'") return new Stop(at, 'strings take double quotes');
    return new Stop(at, `expected ${wanted}`);
  };

  const members = (depth: number): void => {
    const seen = new Set<string>();
    for (;;) {
      take(SPACE);
      const start = at;
      const raw = takeString();
      if (raw === undefined) throw unexpected(seen.size === 0 ? 'a key or }' : 'a key in quotes');
      const key: string = JSON.parse(raw);
      if (key === '__proto__' && !mayHoldProto)
        throw new Stop(start, 'the key "__proto__" is refused');
      if (seen.has(key)) throw new Stop(start, `the key ${JSON.stringify(key)} is there twice`);
      seen.add(key);
      take(SPACE);
      if (text[at] !== ':') throw unexpected('a colon after the key');
      at += 1;
      value(depth);
      if (text[at] === '}') break;
      if (text[at] !== ',') throw unexpected('a comma or }');
      at += 1;
      take(SPACE);
      if (text[at] === '}') throw new Stop(at, 'a comma before } is not JSON');
    }
    at += 1;
  };

  const items = (depth: number): void => {
    for (;;) {
      value(depth);
      if (text[at] === ']') break;
      if (text[at] !== ',') throw unexpected('a comma or ]');
      at += 1;
      take(SPACE);
      if (text[at] === ']') throw new Stop(at, 'a comma before ] is not JSON');
    }
    at += 1;
  };

  const value = (depth: number): void => {
    if (depth > maxDepth) throw new Stop(at, `nested more than ${maxDepth} deep`);
    take(SPACE);
    const first = text[at];
    if (first === '{' || first === '[') {
      at += 1;
      take(SPACE);
      if (text[at] === (first === '{' ? '}' : ']')) at += 1;
      else if (first === '{') members(depth + 1);
      else items(depth + 1);
    } else if (first === '"') {
      if (takeString() === undefined) throw new Stop(at, 'a string that is not closed or escaped');
    } else if (take(NUMBER) === undefined && take(WORD) === undefined) {
      throw unexpected('a value');
    }
    take(SPACE);
  };

  try {
    if (text.startsWith('\ufeff')) throw new Stop(0, 'starts with a byte order mark');
    if (take(SPACE)?.length === text.length) throw new Stop(0, 'is empty');
    value(0);
    if (at < text.length) throw new Stop(at, 'something follows the end of the value');
    return undefined;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    const before = text.slice(0, error.at);
    const lastBreak = before.lastIndexOf('\n');
    return {
      line: before.split('\n').length,
      column: error.at - lastBreak,
      problem: error.message,
    };
  }
}
