/**
 * A fenced block of a page. What follows its language is ours: `sh skip="why"` is not run, and
 * `json file=~/x` is what stands in that file.
 */
export interface Block {
  /** Where its first line is, from 1. */
  readonly line: number;
  /** Of the heading it stands under. */
  readonly heading: string;
  readonly language: string;
  readonly skip?: string;
  readonly file?: string;
  readonly text: string;
}

/** A line of a page that is to be typed. */
export interface Command {
  readonly line: number;
  readonly text: string;
  /** What its comment says: `# exits with 1: …`; otherwise 0. */
  readonly exitCode: number;
}

/** The fenced blocks of a page, in order; those in lists as well. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let heading = '';
  let open: { indent: string; info: string; line: number; lines: string[] } | undefined;
  for (const [at, line] of page.split('\n').entries()) {
    const fence = /^( *)```(.*)$/.exec(line);
    if (open === undefined) {
      heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
      if (fence !== null) {
        open = { indent: fence[1] ?? '', info: fence[2] ?? '', line: at + 2, lines: [] };
      }
    } else if (fence === null) open.lines.push(line.slice(open.indent.length));
    else {
      const { info, lines } = open;
      const skip = /\bskip="([^"]+)"/.exec(info)?.[1];
      const file = /\bfile=(\S+)/.exec(info)?.[1];
      blocks.push({
        line: open.line,
        heading,
        language: /^\S*/.exec(info)?.[0] ?? '',
        ...(skip === undefined ? {} : { skip }),
        ...(file === undefined ? {} : { file }),
        text: lines.join('\n'),
      });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`the block at line ${open.line} has no end`);
  return blocks;
}

/** The commands of a block, one a line; a line that ends in a backslash goes on in the next. */
export function commandsOf({ line, text }: Block): readonly Command[] {
  const commands: Command[] = [];
  let begun: { at: number; text: string } | undefined;
  for (const [at, one] of text.split('\n').entries()) {
    begun = { at: begun?.at ?? at, text: (begun?.text ?? '') + one.replace(/\\$/, '') };
    if (one.endsWith('\\')) continue;
    if (!/^\s*(#|$)/.test(begun.text)) {
      const exitCode = Number(/#.*\bexits with (\d)/.exec(begun.text)?.[1] ?? 0);
      commands.push({ line: line + begun.at, text: begun.text, exitCode });
    }
    begun = undefined;
  }
  return commands;
}

/** Whether a line looks as if it were to be typed. */
export const looksTyped = (line: string): boolean =>
  /^\s*(\$ )?(sudo |npx )?(toolgrant|npm|npx|node|docker|systemctl|git|curl|\.\/bin\/toolgrant\.js) \S/.test(
    line,
  );
