/** What a rule is about. Resource templates have no rules of their own: they follow their resources'. */
export type RuleKind = 'tool' | 'prompt' | 'resource' | 'ask';

/** What a tool server may ask of a client, as `ask:` rules name it. */
export const ASK_KINDS = ['elicitation', 'sampling', 'roots'] as const;

/** Kinds a pattern names by a prefix. A pattern without one is about tools alone, `**` too. */
export const PREFIXED_KINDS = ['prompt', 'resource', 'ask'] as const satisfies readonly RuleKind[];

/** A rule's pattern, taken apart. */
export interface KindedPattern {
  readonly kind: RuleKind;
  /** The glob, over `server/tool`, `server/prompt`, `server/uri` (normalised) or `server/ask`. */
  readonly glob: string;
  /** Where the glob begins in the pattern, UTF-16 code units. */
  readonly offset: number;
}

/** Takes a rule's pattern apart. Without ambiguity: no tool server's name holds a colon. */
export function kindedPattern(pattern: string): KindedPattern {
  const kind = PREFIXED_KINDS.find((each) => pattern.startsWith(`${each}:`));
  if (kind === undefined) return { kind: 'tool', glob: pattern, offset: 0 };
  return { kind, glob: pattern.slice(kind.length + 1), offset: kind.length + 1 };
}
