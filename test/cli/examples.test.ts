import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXAMPLES, wordsOf } from '../../src/cli/examples.ts';
import { createPrinter } from '../../src/cli/printer.ts';
import { createProgram } from '../../src/cli/run-cli.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';

const { deps } = fakeCli();
const newProgram = () => createProgram(deps, createPrinter(deps), () => {});

/** Commands a person is shown, the program among them; hidden ones are of later versions. */
const shown = (command: Command): readonly Command[] => [
  command,
  ...command
    .createHelp()
    .visibleCommands(command)
    .filter((inner) => inner.name() !== 'help')
    .flatMap(shown),
];
const names = shown(await newProgram()).map(wordsOf);

/** The words a shell makes of the part of a line that is ours: not what stands at a pipe's other end. */
function wordsIn(line: string): readonly string[] {
  const ours = line.split(' | ').find((part) => part.startsWith('toolgrant')) ?? '';
  const words = [...ours.replace(/ [<>] \S+$/, '').matchAll(/(?:[^\s']+|'[^']*')+/g)];
  return words.map(([word]) => word.replaceAll("'", '')).slice(1);
}

/** The command that would run for these words. Nothing runs. */
async function understood(words: readonly string[]): Promise<string> {
  const program = await newProgram();
  let name = 'nothing';
  for (const command of shown(program)) {
    if (command.commands.length > 0) continue;
    command.action(() => {
      name = wordsOf(command);
    });
  }
  await program.parseAsync([...words], { from: 'user' });
  return name;
}

describe('examples in --help', () => {
  it('belong to commands there are', () => {
    expect(names.length).toBeGreaterThan(30);
    expect(Object.keys(EXAMPLES).filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(names.map((name) => [name]))(
    'of `toolgrant %s` are shown and understood',
    async (name) => {
      const examples = EXAMPLES[name] ?? [];
      expect(examples).not.toEqual([]);
      const { stdout } = await fakeCli().run(...name.split(' ').filter(Boolean), '--help');
      for (const line of examples) {
        expect(stdout).toContain(`  ${line.replace('toolgrant', 'npx toolgrant')}\n`);
        const ran = `${await understood(wordsIn(line))} `;
        expect(ran, line).toMatch(/^(?!nothing )/);
        expect(ran.startsWith(name === '' ? '' : `${name} `), line).toBe(true);
      }
    },
  );
});
