import type { Label } from '../domain/label.ts';
import { type About, aboutOf, OUTWARD, UNDOING, VISITING, wordsOf } from './words.ts';

/** What the monitor takes a tool for. */
export interface ToolTraits {
  readonly about: About;
  /** It changes something, as far as is known. */
  readonly isWriting: boolean;
  /** It sends data or value out. */
  readonly isEgress: boolean;
  /** What it does cannot be taken back. */
  readonly isDestructive: boolean;
}

const READING: ReadonlySet<string> = new Set(
  'get list read search view browse find fetch show describe count check verify access query lookup ls stat cat head grep whoami'.split(
    ' ',
  ),
);

const SUMMING: ReadonlySet<string> = new Set(['total', 'count', 'status', 'info']);

/**
 * What a tool does, from labels of the configuration and otherwise from its name. Not from what the tool
 * server says of it (`readOnlyHint`): the name is what the model acts on, and was approved.
 */
export function toolTraits(name: string, labels: readonly Label[]): ToolTraits {
  const words = wordsOf(name);
  const about = aboutOf(name);
  const isWriting =
    !words.slice(0, 2).some((word) => READING.has(word)) && !SUMMING.has(words.at(-1) ?? '');
  return {
    about,
    isWriting: isWriting || labels.includes('destructive'),
    isEgress:
      labels.includes('egress') || (about.families & (isWriting ? OUTWARD : VISITING)) !== 0,
    isDestructive:
      labels.includes('destructive') || (isWriting && (about.families & UNDOING) !== 0),
  };
}
