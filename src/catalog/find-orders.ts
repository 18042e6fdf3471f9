/** How much of one text is looked at, characters. More than any honest description has. */
export const MAX_ORDERS_CHARS = 32_768;
/** Most words between two parts of a phrase. */
const MAX_GAP = 5;
/** Shortest run without a space that is taken for encoded data. */
const MIN_BLOB = 80;

/**
 * Phrases that order a model about. A part is a choice of words; `~` lets some words stand between;
 * `<place>` is where secrets lie, `<address>` a URL or e-mail address.
 */
const PHRASES = [
  'ignore|disregard|forget|override|bypass ~ previous|prior|above|earlier|preceding|system ~ instruction|instructions|prompt|prompts|rule|rules|message|messages|text|context|guidelines',
  'ignore|disregard|forget ~ all|any|every|your ~ instruction|instructions|prompt|prompts|rules|guidelines|safety',
  'not|never|without|dont|avoid ~ tell|telling|inform|informing|notify|notifying|alert|alerting|reveal|revealing|mention|mentioning|show|showing|ask|asking ~ user|users|human|person|anyone',
  'not|never|dont|avoid mention|mentioning|reveal|revealing|disclose|disclosing this|it|that',
  'hide|conceal|keep ~ from the|user|users|human user|users|human',
  'before|prior ~ using|calling|invoking|running|use|call ~ any|other|another|all|every ~ tool|tools',
  'before using|calling|invoking|running this tool',
  'you must|should|shall always|first|immediately|now call|use|run|invoke|read|send|execute|include|pass',
  'you must call|run|invoke|execute|read|send',
  'always|first call|invoke|run|use|execute|prefer this tool|function',
  'must|should be called|used|invoked|run first|before|instead',
  'instead of ~ any|other|another|all ~ tool|tools',
  'do not use|call|invoke|run any|other|another|the other|tool|tools',
  'send|forward|post|upload|transmit|exfiltrate|email|mail|bcc|cc|leak|copy ~ <address>',
  'change|replace|set|modify|redirect ~ recipient|recipients|destination|number|address ~ to',
  'read|open|cat|include|load|access|send|pass|attach|contents|content ~ <place>',
  'you are now|no',
  'new|updated|real|actual|hidden|secret instructions|instruction|task|objective',
  'system prompt|instruction|instructions|message|override|note',
  'pretend|act as|to|like',
  'important|critical|mandatory|attention instruction|instructions',
];

/** What mimics the borders of a conversation or hides in a rendered text. Lower case. */
const MARKS = [
  ...['<important', '<system', '</system', '<instruction', '<secret', '<hidden', '<critical'],
  ...[
    '<mandatory',
    '<assistant',
    '<user>',
    '<human>',
    '<|',
    '[inst]',
    '[/inst]',
    '[system',
    '<<sys',
  ],
  ...['<!--', '<function_call', '<tool_call', '### instruction', '### system'],
  ...['\nsystem:', '\nassistant:', '\nhuman:', '\nuser:', '[//]: #'],
];

const PLACES = [
  ...['.ssh', 'id_rsa', 'id_ed25519', '.aws/', '.env', '.netrc', '.npmrc', '.kube/', '.gnupg'],
  ...[
    '/etc/passwd',
    '/etc/shadow',
    'mcp.json',
    'claude_desktop_config',
    'mcp.config',
    '.bash_history',
  ],
];

/**
 * The first passage of a text that reads like an order to the model, not to a person: a known phrase,
 * a border of a conversation, encoded data; `undefined` when there is none. One pass over at most
 * `MAX_ORDERS_CHARS`, no expression that could backtrack. Recognises what is common; a text without a
 * finding is not thereby honest.
 */
export function findOrders(text: string): string | undefined {
  const read = text.slice(0, MAX_ORDERS_CHARS).normalize('NFKC');
  const lower = `\n${read.toLowerCase()}`;
  for (const mark of MARKS) {
    const at = lower.indexOf(mark);
    if (at !== -1) return read.slice(Math.max(0, at - 1), at + 80);
  }
  const words = read.split(/\s+/);
  const found = words.find(isBlob) ?? findPhrase(words);
  if (found !== undefined) return found.slice(0, 160);
  return text.length > MAX_ORDERS_CHARS ? `${text.length} characters` : undefined;
}

type Part = ReadonlySet<string> | '~';

const BY_FIRST_WORD: ReadonlyMap<string, readonly (readonly Part[])[]> = (() => {
  const phrases = new Map<string, Part[][]>();
  for (const phrase of PHRASES) {
    const [first = '', ...rest] = phrase.split(' ');
    const parts = rest.map((part): Part => (part === '~' ? '~' : new Set(part.split('|'))));
    for (const word of first.split('|')) phrases.set(word, [...(phrases.get(word) ?? []), parts]);
  }
  return phrases;
})();

function findPhrase(raw: readonly string[]): string | undefined {
  const words = raw.map(plainWord);
  for (const [at, word] of words.entries()) {
    for (const parts of BY_FIRST_WORD.get(word) ?? []) {
      const end = endOfPhrase(raw, words, at + 1, parts);
      if (end !== undefined) return raw.slice(at, end).join(' ');
    }
  }
  return undefined;
}

/** Where a phrase ends that goes on at `at`. Takes the first word that fits and never comes back. */
function endOfPhrase(
  raw: readonly string[],
  words: readonly string[],
  at: number,
  parts: readonly Part[],
): number | undefined {
  let next = at;
  let gap = 0;
  for (const part of parts) {
    if (part === '~') {
      gap = MAX_GAP;
      continue;
    }
    const last = Math.min(next + gap, words.length - 1);
    let found = next;
    while (found <= last && !fits(part, raw[found] ?? '', words[found] ?? '')) found += 1;
    if (found > last) return undefined;
    next = found + 1;
    gap = 0;
  }
  return next;
}

const fits = (part: ReadonlySet<string>, raw: string, word: string): boolean =>
  part.has(word) ||
  (part.has('<address>') && (raw.includes('://') || /^[^@]{1,64}@[^@.]{1,64}\./.test(raw))) ||
  (part.has('<place>') && PLACES.some((place) => raw.includes(place)));

/** A word without its punctuation, lower case: `"don't` is `dont`. */
const plainWord = (word: string): string =>
  word.length > 64 ? '' : word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Whether a word holds a long run of base64 or hex: letters and digits, hardly a separator. */
const isBlob = (word: string): boolean => {
  if (word.length < MIN_BLOB || word.includes('://')) return false;
  for (const run of word.split(/[^A-Za-z0-9+/]/)) {
    if (run.length >= MIN_BLOB && /[0-9]/.test(run) && run.split('/').length < run.length / 16)
      return true;
  }
  return false;
};
