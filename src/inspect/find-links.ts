/** Most links that are looked at in one text. */
const MAX_LOOKED = 10_000;
/** Longest part of a link that is read, characters. */
const MAX_PART = 512;

/**
 * How many links of a text do more than lead where they say, counting at most `most`: an image that
 * loads from elsewhere as soon as it is shown, a link whose text is another address, one that runs a
 * script or opens a document it carries. What does not look like Markdown or HTML has none.
 *
 * Attack: a result has the client show an image whose address carries out what was said before.
 */
export function countLinks(text: string, most: number): number {
  let count = 0;
  let looked = 0;
  for (let at = text.indexOf(']('); at >= 0 && count < most; at = text.indexOf('](', at + 2)) {
    looked += 1;
    if (looked > MAX_LOOKED) return count;
    const target = addressAt(text, at + 2);
    const open = text.lastIndexOf('[', at - 1);
    if (open < Math.max(0, at - MAX_PART)) continue;
    const isImage = open > 0 && text[open - 1] === '!';
    if (isActive(target) || (isImage && isElsewhere(target))) count += 1;
    else if (isOther(text.slice(open + 1, at), target)) count += 1;
  }
  for (let at = text.indexOf('<'); at >= 0 && count < most; at = text.indexOf('<', at + 1)) {
    const next = text.charCodeAt(at + 1) | 0x20;
    // i(mg, frame), a, s(cript), o(bject), e(mbed), v(ideo), l(ink)
    if (!TAGS.has(next)) continue;
    looked += 1;
    if (looked > MAX_LOOKED) return count;
    if (LOADS.test(text.slice(at, at + MAX_PART))) count += 1;
  }
  return count;
}

const TAGS: ReadonlySet<number> = new Set([...'iasoevl'].map((letter) => letter.charCodeAt(0)));

/** An element that loads from elsewhere as it is shown, or a link that runs something. */
const LOADS =
  /^<(?:(?:img|iframe|script|object|embed|video|audio|link)\b[^>]{0,400}?\b(?:src|href|data)\s{0,3}=\s{0,3}["']?(?:https?:)?\/\/|a\b[^>]{0,400}?\bhref\s{0,3}=\s{0,3}["']?\s{0,3}(?:javascript|vbscript|data):)/i;

function addressAt(text: string, start: number): string {
  const part = text.slice(start, start + MAX_PART).trimStart();
  const end = part.search(/[\s)>]/);
  return (end < 0 ? part : part.slice(0, end)).replace(/^</, '').toLowerCase();
}

const isElsewhere = (target: string): boolean => /^(?:https?:)?\/\//.test(target);
const isActive = (target: string): boolean => /^(?:javascript|vbscript|data):/.test(target);

/** Whether what a link shows is an address on another host than the one it leads to. */
function isOther(shown: string, target: string): boolean {
  const said = hostOf(shown.trim().toLowerCase());
  const real = hostOf(target);
  return said !== undefined && real !== undefined && said !== real;
}

const hostOf = (address: string): string | undefined =>
  /^(?:https?:)?\/\/(?:[^/@\s]{0,200}@)?([^/:?#\s]{1,253})/
    .exec(address)?.[1]
    ?.replace(/^www\./, '');
