import { describe, expect, it } from 'vitest';
import { complete, type KnownWords } from '../../src/cli/complete.ts';
import { createPrinter } from '../../src/cli/printer.ts';
import { createProgram } from '../../src/cli/run-cli.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';

const { deps } = fakeCli();
const program = await createProgram(deps, createPrinter(deps), () => {});
const KNOWN: KnownWords = {
  servers: ['files', 'github'],
  tools: ['files/read', 'files/write', 'github/$(touch pwned)', 'github/a b'],
  grants: ['alice-files', 'bob-files'],
  profiles: ['claude-code', 'claude-desktop'],
  secrets: ['github'],
};
async function at(line: string) {
  const configs: (string | undefined)[] = [];
  const { words, takesFiles } = await complete(
    program,
    line.split(' '),
    ['cursor'],
    async (config) => {
      configs.push(config);
      return KNOWN;
    },
  );
  return { words, takesFiles, configs };
}

describe('complete', () => {
  it.each([
    ['gr', ['grant']],
    ['grant re', ['revoke']],
    ['grant revoke ', ['alice-files', 'bob-files']],
    ['grant revoke b', ['bob-files']],
    ['grant revoke alice-files ', []],
    ['can-i alice files/', ['files/read', 'files/write']],
    ['can-i ', []],
    ['call files/r', ['files/read']],
    ['grant create alice --permit files/w', ['files/write']],
    ['grant create alice --permit files/write --per', ['--permit']],
    ['tools approve g', ['github']],
    ['tools approve github x', []],
    ['connect c', ['cursor']],
    ['completion ', ['bash', 'fish', 'zsh']],
    ['audit query --decision ', ['deny', 'permit']],
    ['--log-level d', ['debug']],
    ['--log-level debug secret remove g', ['github']],
    ['token --profile = claude-d', ['claude-desktop']],
    ['token --profile =', ['claude-code', 'claude-desktop']],
    ['grant list --subject ', []],
    ['nonsense ', []],
    ['__c', []],
  ])('finds after `%s` what fits', async (line, words) => {
    expect((await at(line)).words).toEqual(words);
  });

  it('offers the options of a command and of the program', async () => {
    expect((await at('grant show --')).words).toEqual(
      expect.arrayContaining(['--config', '--help', '--json', '--log-level']),
    );
    const { words } = await at('');
    expect(words).toContain('grant');
    expect(words).toContain('monitor');
  });

  it.each(['grant validate ', '--config ', 'stdio --token-file x'])(
    'leaves names of files to the shell after `%s`',
    async (line) => {
      expect(await at(line)).toEqual({ words: [], takesFiles: true, configs: [] });
    },
  );

  it.each([
    ['--config /a.json grant show ', '/a.json'],
    ['grant show --config=/a.json ', '/a.json'],
    ['grant show ', undefined],
  ])('reads the configuration that `%s` names', async (line, config) => {
    expect((await at(line)).configs).toEqual([config]);
  });

  it('offers no name that a shell would run or take apart', async () => {
    expect((await at('can-i alice ')).words).toEqual(['files/read', 'files/write']);
  });

  it('reads nothing where no word of the configuration fits', async () => {
    expect((await at('grant ')).configs).toEqual([]);
  });
});
