/** What is done about what is found in results of one tool. `mark` says so beside the result and changes nothing in it. */
export interface ResultSettings {
  /** Characters people cannot see and terminal escapes. */
  readonly hidden: 'mark' | 'strip';
  /** Links that carry data out when they are shown, or lead elsewhere than they say. */
  readonly links: 'off' | 'mark';
  /** Credentials by their shape. */
  readonly secrets: 'mark' | 'redact' | 'withhold';
  /** Text that gives a model orders. */
  readonly orders: 'mark' | 'withhold';
  /** A result that is not what its tool's output schema says. */
  readonly schema: 'mark' | 'withhold';
  /** Largest result, UTF-8 bytes; no bound but the message's when absent. A larger one is withheld. */
  readonly maxBytes?: number;
  /** The kinds of content it may have (`text`, `image` …); all when absent. Another one is withheld. */
  readonly types?: readonly string[];
}

/** What holds where nothing else is configured. */
export const DEFAULT_RESULT_SETTINGS: ResultSettings = {
  hidden: 'mark',
  links: 'mark',
  secrets: 'mark',
  orders: 'mark',
  schema: 'mark',
};
