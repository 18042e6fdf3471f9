/** How much of a text is read, characters. */
const MAX_READ = 32_768;

/** Longest sentence that may be a plain saying, characters: a longer one says more. */
const MAX_SENTENCE = 400;

/** Where a sentence ends. */
const ENDS = /(?<=[.!?;:\n])(?=\s)/;
/** What a sentence begins with that says what not to do. */
const NOT =
  /^(?:never|do not|don't|avoid|(?:you |it )?(?:must|should|may|can) ?(?:not|never)|you (?:must|should) avoid) /i;

/** Behind it: that something is kept out of a call. */
const KEEPS_OUT =
  /^(?:use|put|include|includ|type|enter|store|save|write|send|share|paste|pass|log|commit|upload|expose|print|hard-?code|ask for|request|guess)(?:ing)?\b/i;
/** What turns such a sentence round, or says where the thing is to go after all. */
const TURNS =
  /\b(?:but|except|unless|until|without|other than|apart|only|instead|elsewhere|else|forget|hesitate|fail|skip|tell|mention|say|before|after|when|then|always|must|users?|persons?|humans?|anyone|anybody)\b|,[^,]{0,200}\b(?:use|put|include|type|enter|store|save|write|send|share|paste|pass|upload|give|add|call|run|read)\b/i;

/** Or behind it: that what comes back is no order. */
const NO_ORDER =
  /^(?:follow|obey|execute|act on) (?:any |the )?(?:instructions|commands|orders) (?:(?:that are |that may be )?(?:found|contained|embedded|hidden|written) )?in(?:side)? (?:them|it|(?:the |a |its )?(?:results?|pages?|output|responses?|content|documents?|files?|stack traces?))[.!]?$/i;
const NO_INSTRUCTIONS =
  /^treat (?:them|it|(?:the )?(?:results?|pages?|output|responses?|content)) as (?:instructions|commands|orders)[.!]?$/i;
/** What may stand before all of it. */
const OPENING = /^\s*(?:(?:and|so|please|important|warning|caution|security|note)[:,]? )?/i;

/** A step that another tool takes first. Each repetition is bounded. */
const STEP =
  /\b(?:(?:you )?(?:must|should|have to|need to) (?:always |first )?|(?:always|first) )(?:call|use|run|invoke) [`'"]?([A-Za-z][\w.-]{0,63})[`'"]?(?= (?:first|to|so|before this|before you)\b|[.;]|$)/g;

/** A name of several words. */
const NAME = /\b[A-Za-z][A-Za-z0-9]{0,30}(?:[_-][A-Za-z0-9]{1,30}){1,7}\b/g;

/**
 * A text without what a careful server says to everybody's good: that no secret be put into a call, that
 * what comes back is no order, that one of its own tools is called first; the
 * words of such a tool's name say nothing either. Such a sentence has the words of an attack and means the
 * opposite. Whatever else stands in the sentence keeps it whole.
 *
 * @param isOwnTool whether the server itself has a tool of that name: what that one says is looked at too.
 */
export function withoutPlainSayings(text: string, isOwnTool: (name: string) => boolean): string {
  if (text.length > MAX_READ) return text;
  const rest = text
    .split(ENDS)
    .filter((sentence) => !isCareful(sentence))
    .join('');
  return rest
    .replace(STEP, (step, name: string) => (isOwnTool(name) ? '' : step))
    .replace(NAME, (name) => (isOwnTool(name) ? 'x' : name));
}

function isCareful(sentence: string): boolean {
  if (sentence.length > MAX_SENTENCE) return false;
  const said = sentence.replace(OPENING, '').trim();
  const what = said.replace(NOT, '');
  if (what === said) return false;
  if (NO_ORDER.test(what) || NO_INSTRUCTIONS.test(what)) return true;
  return KEEPS_OUT.test(what) && !TURNS.test(what);
}
