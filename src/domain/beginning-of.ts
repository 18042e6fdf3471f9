/**
 * A text, or the beginning of a long one in memory of its own.
 *
 * Surprise: V8 makes a part of a text that holds on to all of it. Attack: a name of megabytes in each
 * message, of which what is remembered looks short.
 */
export const beginningOf = (text: string, most: number): string =>
  text.length <= most ? text : (JSON.parse(JSON.stringify(text.slice(0, most))) as string);
