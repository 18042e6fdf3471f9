/** UTF-16 units that JSON is built of. */
export const [QUOTE, COMMA, COLON] = [0x22, 0x2c, 0x3a] as const;
export const [OPEN_ARRAY, CLOSE_ARRAY] = [0x5b, 0x5d] as const;
export const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d] as const;

/** Where the next token of a JSON text begins: behind white space, and the comma or colon before it. */
export function startOfToken(text: string, from: number): number {
  let at = from;
  let code = text.charCodeAt(at);
  while (code <= 0x20 || code === COMMA || code === COLON) {
    at += 1;
    code = text.charCodeAt(at);
  }
  return at;
}
