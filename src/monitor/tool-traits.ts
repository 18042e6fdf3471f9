import type { Label } from '../domain/label.ts';
import { type About, aboutOf, familiesOf, OUTWARD, UNDOING, VISITING, wordsOf } from './words.ts';

/** What the monitor takes a tool for. */
export interface ToolTraits {
  readonly about: About;
  /** What it does, by the verb of its name: `delete` of `git_delete_repo`. */
  readonly verb: About;
  /** What it does it to, by the last word: `money` of `send_money`. */
  readonly head: About;
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

/** What a tool does by its name alone: the name is what the model acts on, and was approved. */
function byName(name: string): ToolTraits {
  const words = wordsOf(name);
  const about = aboutOf(name);
  const isWriting =
    !words.slice(0, 2).some((word) => READING.has(word)) && !SUMMING.has(words.at(-1) ?? '');
  // What is read of another host: `get_webpage`, and not `get_linked_accounts`.
  const [first, last] = [aboutOf(words[0] ?? ''), aboutOf(words.at(-1) ?? '')];
  const isEgress = isWriting
    ? (about.families & OUTWARD) !== 0
    : ((first.families | last.families) & VISITING) !== 0;
  const verb = words.find((word) => familiesOf(word) !== 0) ?? words[0] ?? '';
  return {
    about,
    verb: aboutOf(verb),
    head: last,
    isWriting,
    isEgress,
    isDestructive: isWriting && (about.families & UNDOING) !== 0,
  };
}

/** Names that are remembered; more are read again. */
const MOST_NAMES = 4_096;

/** Tells what tools do; each name is read once. */
export class ToolNames {
  readonly #known = new Map<string, ToolTraits>();

  /** What a tool's name says. */
  of(name: string): ToolTraits {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const traits = byName(name);
    if (this.#known.size >= MOST_NAMES) this.#known.clear();
    this.#known.set(name, traits);
    return traits;
  }

  /**
   * What a tool does, from labels of the configuration, the definition that was approved, and its name.
   * A definition takes away that it writes, never that it sends something out.
   */
  traits(name: string, labels: readonly Label[], isReadOnly: boolean): ToolTraits {
    const named = this.of(name);
    if (labels.length === 0 && !isReadOnly) return named;
    const isDestructive = labels.includes('destructive');
    return {
      about: named.about,
      verb: named.verb,
      head: named.head,
      isWriting: (named.isWriting && !isReadOnly) || isDestructive,
      isEgress: named.isEgress || labels.includes('egress'),
      isDestructive: (named.isDestructive && !isReadOnly) || isDestructive,
    };
  }
}
