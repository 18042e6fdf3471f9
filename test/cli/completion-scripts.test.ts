import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ref } from '../config/temp-config.ts';
import { pathWithToolgrant } from '../support/cli/installed.ts';
import { Place, removePlaces, runProgram } from '../support/cli/place.ts';

const has = (shell: string) => spawnSync(shell, ['-c', 'true'], { stdio: 'ignore' }).status === 0;

/** How a shell is made to complete a line whose last word is `$LAST`. */
const DRIVERS = {
  bash: `source <(toolgrant completion bash)
COMP_WORDS=(toolgrant $LINE "$LAST"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_toolgrant; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { :; }; compadd() { shift; print -rl -- "$@"; }; _files() { print files; }
source <(toolgrant completion zsh)
words=(toolgrant \${=LINE} "$LAST"); CURRENT=\${#words}; _toolgrant`,
  fish: `toolgrant completion fish | source
complete -C "toolgrant $LINE $LAST"`,
} as const;

describe('the built completion', () => {
  let place: Place;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    place = new Place();
    await place.json('connect', 'claude-code', '--subject', 'alice', '--print');
    writeFileSync(join(place.grants, 'alice-$(touch pwned).yaml'), '');
    // What cannot be resolved stops no completion, and nothing starts it.
    place.writeConfig({
      mcpServers: { s: { command: 'false', env: { K: ref('NOT_SET_ANYWHERE') } } },
    });
    env = { PATH: pathWithToolgrant(place.dir), HOME: place.dir, TOOLGRANT_CONFIG: place.config };
  });
  afterAll(removePlaces);

  async function completed(shell: keyof typeof DRIVERS, line: string): Promise<readonly string[]> {
    const words = line.split(' ');
    const LAST = words.pop() ?? '';
    const { stdout } = await runProgram([shell, '-c', DRIVERS[shell]], {
      env: { ...env, LINE: words.join(' '), LAST },
      cwd: place.dir,
    });
    return stdout.split('\n').filter(Boolean);
  }

  // A machine without a shell does not show that shell's script.
  describe.each(['bash', 'zsh', 'fish'] as const)('in %s', (shell) => {
    it.skipIf(!has(shell)).each([
      ['grant cr', ['create']],
      ['grant revoke al', ['alice-s']],
      ['token --profile ', ['claude-code']],
      ['tools approve ', ['s']],
    ])('completes `%s`', async (line, words) => {
      expect(await completed(shell, line)).toEqual(words);
    });
  });

  it('records, writes and starts nothing', async () => {
    const before = { files: place.files(), held: place.held() };
    const { code, stdout } = await place.run(['__complete', '--', 'grant', 'show', ''], {
      env,
      namesConfig: false,
    });
    expect([code, stdout]).toEqual([0, 'alice-s\n']);
    expect({ files: place.files(), held: place.held() }).toEqual(before);
  });

  it('is silent where there is no configuration', async () => {
    const { code, stdout, stderr } = await place.run(['__complete', '--', 'grant', 'show', ''], {
      env: { HOME: '/nonexistent', TOOLGRANT_CONFIG: undefined },
      namesConfig: false,
    });
    expect([code, stdout, stderr]).toEqual([0, '', '']);
  });
});
