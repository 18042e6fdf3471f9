/**
 * A number kept as the text it was sent as, because a double cannot hold it (an integer beyond 2^53,
 * say). Opaque: it is serialised as its text, and no code reads its value.
 *
 * @see https://tc39.es/proposal-json-parse-with-source/
 */
export interface RawNumber {
  readonly rawJSON: string;
}

const json = JSON as typeof JSON & {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): boolean;
};

/** Keeps a JSON number's text. @throws SyntaxError when the text is not one JSON primitive. */
export const rawNumber = (text: string): RawNumber => json.rawJSON(text);

/**
 * Whether a parsed value is a number kept as text. It cannot be forged by input: an object with a
 * member named `rawJSON` is an ordinary object.
 */
export const isRawNumber = (value: unknown): value is RawNumber => json.isRawJSON(value);
