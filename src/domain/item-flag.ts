/** What is noticed about a definition before a person approves it. */
export const ITEM_FLAG_KINDS = [
  /** Characters people cannot see: tag characters, zero width, direction marks, variation selectors, controls. */
  'hidden_text',
  /** The name has characters a name should not have, or is too long. */
  'name_form',
  /** The name clients would see is another tool's (of a prompt: another prompt's) as well. */
  'name_collision',
  /** The name looks like another one's: case, separators, `l`/`1`, `O`/`0`, letters of other scripts. */
  'name_confusable',
  /** Text that gives the model orders. */
  'orders',
  /** Text that names another server's tool. */
  'names_other_tool',
  /** A parameter or a text that asks for a secret, or for what else the model was told. */
  'asks_secret',
  /** Text that tells of a parameter the schema does not have. */
  'beyond_schema',
] as const;

/** One of them. */
export type ItemFlagKind = (typeof ITEM_FLAG_KINDS)[number];

/** One thing a person should know about a definition. */
export interface ItemFlag {
  readonly kind: ItemFlagKind;
  /** Where in the definition, as a JSON pointer (RFC 6901), such as `/description`. */
  readonly at: string;
  /** What was found, in printable characters, hidden ones spelled out. At most 200 characters. */
  readonly found: string;
  /** Whether the tool stays quarantined unless the admin says explicitly that this is meant. */
  readonly isBlocking: boolean;
}
