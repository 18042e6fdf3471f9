import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectDiscreet, expectError } from '../support/cli/expect-error.ts';
import {
  type Ended,
  environment,
  Place,
  removePlaces,
  runProgram,
  settledPlace,
  TOOLGRANT,
  WRITTEN_SECRET,
} from '../support/cli/place.ts';

let settled: Place;
beforeAll(async () => {
  settled = await settledPlace();
  writeFileSync(join(settled.dir, 'empty'), '');
  writeFileSync(join(settled.dir, 'garbage'), `{"d":"${WRITTEN_SECRET}"`);
});
afterAll(removePlaces);

const NOBODY = `ses_${'0'.repeat(32)}`;
const CALL = ['call', 's/echo', '--as', 'alice'];
const OPEN = ['session', 'open', '--subject', 'alice'];

/** Refused for what was typed: the state is not even opened. */
const USAGE: readonly (readonly [words: readonly string[], error: string, hint?: string])[] = [
  [['frob'], "unknown command 'frob'", '--help'],
  [['grant', 'list', '--al'], "unknown option '--al'", 'did you mean --all?'],
  [['session', 'show'], "missing required argument 'id'"],
  [['serve', 'more'], "too many arguments for 'serve'"],
  [['serve', '--port', '65536'], "option '--port <number>' argument '65536' is invalid"],
  [['--log-level', 'silly', 'grant', 'list'], "argument 'silly' is invalid, allowed choices are"],
  [[...OPEN, '--ttl', ''], "argument '' is invalid, use a number and s, m, h or d"],
  [[...OPEN, '--ttl', '0s'], "argument '0s' is invalid, use more than nothing, such as 8h"],
  [[...OPEN, '--ttl', '-1h'], "argument '-1h' is invalid"],
  [[...OPEN, '--ttl', '1.5h'], "argument '1.5h' is invalid"],
  [
    ['grant', 'create', 'bob', '--permit', 's/*'],
    "required option '--ttl <duration>' not specified",
  ],
  [['audit', 'query', '--code', 'bogus'], "argument 'bogus' is invalid, use a code such as TG1003"],
  [['audit', 'query', '--decision', 'maybe'], "argument 'maybe' is invalid"],
  [['can-i', 'alice', 'nonsense'], 'not a tool ref: nonsense', 'write server/tool'],
  [['can-i', 'alice', 'template:s/x'], 'not a tool ref: template:s/x', 'write server/tool'],
  [['call', 'prompt:s/x', '--as', 'alice'], 'not a tool ref: prompt:s/x', 'write server/tool'],
  [[...CALL, '--args', `{"password":"${WRITTEN_SECRET}"`], '--args is not valid JSON'],
  [[...CALL, '--args', '[1]'], '--args must be a JSON object', '--args '],
  [[...CALL, '--args', '@none'], 'cannot read none', 'check the path'],
  [['grant', 'validate', 'none.yaml'], 'cannot read none.yaml', 'check the path'],
  [['grant', 'validate', 'grants'], 'cannot read grants', 'it is a folder'],
  [['audit', 'verify', '--checkpoint', 'none'], 'cannot read none', 'check the path'],
  [[...CALL, '--args', '-'], '--args is not valid JSON'],
  [['connect', 'emacs', '--subject', 'alice', '--print'], 'no entry is known for the client emacs'],
  [['stdio', '--token-file', 'none'], 'cannot read the token file none', 'check the path'],
  [['stdio', '--token-file', 'empty'], 'the token file empty is empty'],
  [
    ['stdio', '--profile', 'p', '--token-file', 'garbage'],
    '--profile and --token-file exclude each other',
  ],
  [['stdio', `--token=${WRITTEN_SECRET}`], "unknown option '--token'"],
  [['audit', 'verify', '--checkpoint', 'garbage'], 'the file does not hold a checkpoint'],
];

/** Refused once the state was looked at: the command is recorded, and nothing else. */
const LOOKED: readonly (readonly [
  words: readonly string[],
  code: number,
  error: string,
  hint?: string,
])[] = [
  [['session', 'show', NOBODY], 5, `no session ${NOBODY}`],
  [['session', 'revoke', NOBODY], 5, `no session ${NOBODY}`],
  [['session', 'revoke', 'ses_x'], 2, 'not a session id: ses_x'],
  [['grant', 'show', 'none'], 5, 'no grant none was ever applied'],
  [['grant', 'revoke', 'none'], 5, 'no grant none is in force'],
  [['grant', 'apply', '--reinstate', 'none'], 5, 'none is not revoked', 'grant list --all'],
  [['grant', 'apply', '--reinstate', 'alice-s'], 5, 'alice-s is not revoked'],
  [['audit', 'show', '999999'], 5, 'no event 999999', 'audit tail'],
  [['explain', '999999'], 5, 'no event 999999', 'audit tail'],
  [['tools', 'approve', 'none', '--yes'], 5, 'no tool server none is enabled in', 'configured: s'],
  [['session', 'open', '--subject', 'bob'], 5, 'bob has no live grant'],
  [[...OPEN, '--ttl', '25h'], 2, 'a session lives between 1s and 24h', '--ttl 8h'],
  [['connect', 'claude-code', '--subject', '', '--print'], 2, 'no grant can name this subject'],
  [
    ['grant', 'create', 'bob', '--permit', 's/*', '--ttl', '9999999d'],
    3,
    '`expires` must be an instant',
  ],
];

describe.concurrent('what was typed', () => {
  it.each(USAGE.map(([words, error, hint]) => ({ words, error, hint })))(
    'ends with 2 before the state is opened: $words',
    async ({ words, error, hint }) => {
      const place = new Place(settled);
      const before = place.files();
      expectError(await place.run(words, { cwd: place.dir }), 2, error, hint);
      expect(place.files()).toEqual(before);
    },
  );

  it.each(LOOKED.map(([words, code, error, hint]) => ({ words, code, error, hint })))(
    'ends as documented and changes nothing: $words',
    async ({ words, code, error, hint }) => {
      const place = new Place(settled);
      const held = place.held();
      expectError(await place.run(words), code, error, hint);
      const { codes, ...now } = place.held();
      expect({
        ...now,
        codes: codes.slice(held.codes.length).filter((one) => one !== 'TG6001'),
      }).toEqual({ ...held, codes: [] });
      expect(Object.keys(place.files())).toEqual(Object.keys(settled.files()));
    },
  );

  it('cannot move the cursor of who reads the answer', async () => {
    const place = new Place(settled);
    const { code, stdout, stderr } = await place.run(['can-i', 'al\u001b[2Jice\u202e', 's/x']);
    expect([code, /[^\n\x20-\x7e]/.test(stdout + stderr)]).toEqual([1, false]);
    expect(stdout).toContain('al\\u{1b}[2Jice\\u{202e}');
  });

  it('is not a command without words: help on standard error, exit code 2', async () => {
    const { code, stdout, stderr } = await settled.run([]);
    expect([code, stdout, stderr.startsWith('Usage: toolgrant')]).toEqual([2, '', true]);
  });
});

describe.concurrent('a port in use', () => {
  it('ends with 4, names --port and leaves no broker registered', async () => {
    const place = new Place(settled);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const ended = await place.run(['serve', '--port', String(port)]);
    other.close();
    expectError(ended, 4, `port ${port} on 127.0.0.1 is in use`, 'choose another with --port');
    expect(place.held().liveBrokers).toBe(0);
  });

  it('is not asked for beyond loopback without https', async () => {
    const place = new Place(settled);
    place.writeConfig({ listen: '0.0.0.0:0', mcpServers: {} });
    const ended = await place.run(['serve']);
    expectError(ended, 3, 'listening on 0.0.0.0 needs a publicUrl with https', '--insecure-http');
    expect(place.held().liveBrokers).toBe(0);
  });
});

const hasShell = process.platform !== 'win32';

/** Runs through a shell, `$@` being the program and its words. */
const shell = (script: string, place: Place, ...words: readonly string[]): Promise<Ended> =>
  runProgram([
    'sh',
    '-c',
    script,
    'sh',
    process.execPath,
    TOOLGRANT,
    '--config',
    place.config,
    ...words,
  ]);

describe.runIf(hasShell).concurrent('a stream that is closed', () => {
  it('on the side that reads is no failure', async () => {
    const place = new Place(settled);
    const ended = await shell('"$@"; echo "ended with $?" >&2', place, 'grant', 'list');
    expect(ended.stderr).toContain('ended with 0');
    const piped = await shell(
      '{ "$@"; echo "ended with $?" >&2; } | head -c 1',
      place,
      'audit',
      'query',
      '--json',
    );
    expectDiscreet(piped);
    expect([piped.stdout, piped.stderr]).toEqual(['[', 'ended with 0\n']);
  });

  it('on the side that reads ends audit tail -f', async () => {
    const place = new Place(settled);
    const words = ['--config', place.config, 'audit', 'tail', '-f', '-n', '1', '--json'];
    const child = spawn(process.execPath, [TOOLGRANT, ...words], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const closed = once(child, 'close');
    await place.json('grant', 'list');
    expect([await closed, stderr]).toEqual([[0, null], '']);
  });

  it.each([
    ['standard input', '"$@" <&-', ['grant', 'list', '--json'], 0],
    ['standard output', '"$@" >&-', ['grant', 'list', '--json'], 0],
    ['standard error', '"$@" 2>&-', ['grant', 'show', 'none'], 5],
    ['standard input, for arguments', '"$@" <&-', [...CALL, '--args', '-'], 2],
  ] as const)('from the start changes no exit code: %s', async (_, script, words, code) => {
    const ended = await shell(script, new Place(settled), ...words);
    expectDiscreet(ended);
    expect(ended.code).toBe(code);
  });

  it.runIf(process.platform === 'linux')('because the disk is full is a failure', async () => {
    const ended = await shell('"$@" >/dev/full', new Place(settled), 'grant', 'list');
    expectError(ended, 4, 'standard output cannot be written: ENOSPC');
  });

  it('before the first request ends stdio without a word', async () => {
    const ended = await new Place(settled).run(['stdio'], { input: '' });
    expectDiscreet(ended);
    expect([ended.code, ended.stdout]).toEqual([0, '']);
  });
});
