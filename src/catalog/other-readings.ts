/** How much of a text is read in other ways, characters. */
const MAX_READ = 4_096;
/** Shortest run that is taken for base64, and most of them. */
const ENCODED = /[A-Za-z0-9+/_-]{20,4096}={0,2}/g;
const MAX_RUNS = 50;
/** What is decoded into text, and not into anything. */
const TEXT = /^[\n\r\t -~]+$/;

/**
 * What a text says to a reader who was told, or finds out, how to read it: each letter thirteen places on,
 * from its end, or out of base64. Of an honest text the first two are no words, and the last is empty.
 *
 * Attack: an order to the model stands in the open, and the person who approves it sees a jumble.
 */
export function otherReadings(text: string): readonly string[] {
  const read = text.slice(0, MAX_READ);
  return LETTER.test(read) ? [rotated(read), reversed(read), ...decoded(read)] : [];
}

const LETTER = /[A-Za-z]/;

const reversed = (text: string): string => {
  let read = '';
  for (let at = text.length - 1; at >= 0; at -= 1) read += text.charAt(at);
  return read;
};

const rotated = (text: string): string =>
  text.replace(/[A-Za-z]/g, (letter) => {
    const code = letter.charCodeAt(0);
    const first = code < 0x61 ? 0x41 : 0x61;
    return String.fromCharCode(first + ((code - first + 13) % 26));
  });

/** Runs of base64 that are text with a space in it. */
function decoded(text: string): readonly string[] {
  const found: string[] = [];
  let runs = 0;
  for (const [run] of text.matchAll(ENCODED)) {
    runs += 1;
    if (runs > MAX_RUNS) break;
    const plain = Buffer.from(run, 'base64').toString('latin1');
    if (plain.includes(' ') && TEXT.test(plain)) found.push(plain);
  }
  return found;
}
