/** What a rule can let a tool server ask of a client. */
export type AskKind = 'elicitation' | 'sampling' | 'roots';

const KINDS: ReadonlyMap<string, AskKind> = new Map([
  ['elicitation/create', 'elicitation'],
  ['sampling/createMessage', 'sampling'],
  ['roots/list', 'roots'],
]);

/** The kind of question a method asks; `undefined` for every other method. */
export const askKindOf = (method: string): AskKind | undefined => KINDS.get(method);

/** What the decision is asked of a method: its kind, or what the tool server invented. */
export const askOf = (method: string): string =>
  askKindOf(method) ?? method.split('/')[0]?.slice(0, 64) ?? '';
