/** Signs that a sentence speaks to a model, as bits. */
export type Cues = number;

/** What a word of a sentence is to a sign. */
const WORDS = {
  model:
    'ai assistant assistants model models llm llms agent agents bot chatbot gpt claude gemini llama copilot',
  reader: 'you your to dear attention note hey hello for',
  override:
    'ignore disregard forget override bypass skip abandon supersede supersedes overrides postpone pause',
  earlier: 'all any previous prior above earlier original your former these',
  overridden: 'instruction instructions task tasks rule rules prompt guidelines everything',
  precede: 'before first until prior once afterwards beforehand otherwise',
  task: 'task tasks instruction instructions prompt request assignment objective goal job',
  given:
    'gave given assigned beginning original current ongoing user users initial requested asked solve complete continue proceed finish perform fulfil fulfill answer answering responding respond',
  hush: 'not never without dont silently secretly quietly',
  tell: 'tell mention inform notify reveal disclose alert warn ask confirm',
  person: 'user users human person anyone anybody customer operator owner',
  authority:
    'system admin administrator developer developers security official compliance policy mandatory authorized signed authority supervisor management',
  urgent:
    'immediately urgent urgently asap now important critical required must essential crucial deadline',
} as const;
type Part = keyof typeof WORDS;
const PARTS = Object.keys(WORDS) as Part[];
const part = (name: Part): number => 1 << PARTS.indexOf(name);
const BY_WORD = new Map<string, number>();
for (const name of PARTS) {
  for (const word of WORDS[name].split(' ')) {
    BY_WORD.set(word, (BY_WORD.get(word) ?? 0) | part(name));
  }
}

/** How many parts of signs there are, a bit for each. */
export const CUE_PARTS = PARTS.length;
/** Words with the parts that each may be. */
export const CUE_WORDS: Iterable<readonly [string, number]> = BY_WORD;
/** What a sentence without any overrides nothing. */
export const OVERRIDE = part('override');

/** What of a sentence's words makes a sign together. */
const parts = (...names: readonly Part[]): number =>
  names.reduce((all, name) => all | part(name), 0);
const TO_MODEL = parts('model', 'reader');
const TO_OVERRIDE = parts('override', 'earlier', 'overridden');
const [BEFORE_TASK, BEFORE_GIVEN] = [parts('precede', 'task'), parts('precede', 'given')] as const;
const GIVEN_TASK = parts('task', 'given');
const TO_HUSH = parts('hush', 'tell', 'person');
const [AUTHORITY, URGENT] = [part('authority'), part('urgent')] as const;

/** What only a prompt has: tags in capitals, marks of chat templates, headings and speakers of one. */
const MARKUP =
  /<\/?[A-Z][A-Z_-]{3,30}>|\[\/?(?:INST|SYSTEM|ADMIN)\]|<<\/?SYS>>|<\|\w{1,30}\|>|^[ \t]{0,8}#{2,6}[ \t]{0,8}(?:instruction|system|task|new)|^[ \t]{0,8}(?:system|assistant|user)[ \t]{0,8}:/im;

const [ADDRESSED, OVERRIDES, PRECEDES, OF_TASK, HUSHES, CLAIMS, PRESSES] = [
  1, 2, 4, 8, 16, 32, 64,
] as const;
const SOFT = CLAIMS | PRESSES;

/** The signs of one sentence, by its words in lower case. */
export function cuesOf(words: readonly string[]): Cues {
  let found = 0;
  for (const word of words) found |= BY_WORD.get(word) ?? 0;
  const cues = mostCues(found);
  return (cues & OVERRIDES) === 0 || overrides(words) ? cues : cues & ~OVERRIDES;
}

/** The signs that a sentence has at most, by the parts that its words are. */
export function mostCues(found: number): Cues {
  const has = (all: number): boolean => (found & all) === all;
  let cues = 0;
  if (has(TO_MODEL)) cues |= ADDRESSED;
  if (has(TO_OVERRIDE)) cues |= OVERRIDES;
  if (has(BEFORE_TASK) || has(BEFORE_GIVEN)) cues |= PRECEDES;
  if (has(GIVEN_TASK)) cues |= OF_TASK;
  if (has(TO_HUSH)) cues |= HUSHES;
  if (has(AUTHORITY)) cues |= CLAIMS;
  if (has(URGENT)) cues |= PRESSES;
  return cues;
}

/** Whether signs are of an order in themselves, whatever is to be done instead. */
export const isOverriding = (cues: Cues): boolean => (cues & OVERRIDES) !== 0;

/** Whether a text has marks of a prompt. */
export const hasMarkup = (text: string): boolean => MARKUP.test(text);

/**
 * How much signs of one passage weigh: one for each of addressing the model, coming before its task,
 * speaking of its task, hushing it; two for overriding what it was told; half for authority or pressure.
 */
export function weightOf(cues: Cues): number {
  let weight = (cues & SOFT) === 0 ? 0 : 0.5;
  for (let left = cues & ~SOFT; left !== 0; left &= left - 1) weight += 1;
  return (cues & OVERRIDES) === 0 ? weight : weight + 1;
}

/** `ignore all previous instructions`: what is overridden stands right behind. */
function overrides(words: readonly string[]): boolean {
  const is = (word: string, name: Part): boolean => ((BY_WORD.get(word) ?? 0) & part(name)) !== 0;
  return words.some(
    (word, at) =>
      is(word, 'override') &&
      words.slice(at + 1, at + 4).some((next) => is(next, 'earlier')) &&
      words.slice(at + 1, at + 7).some((next) => is(next, 'overridden')),
  );
}
