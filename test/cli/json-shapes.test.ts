import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectDiscreet } from '../support/cli/expect-error.ts';
import { configOf, Place, removePlaces, TOOLGRANT } from '../support/cli/place.ts';
import { NO_TERMS } from '../support/fakes/no-terms.ts';

const CONTROLLED = fileURLToPath(
  new URL('../support/tool-servers/controlled.mjs', import.meta.url),
);
const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
const SESSION = expect.stringMatching(/^ses_[0-9a-z]{32}$/);
const HASH = expect.stringMatching(/^[0-9a-f]{64}$/);
const NO_BROKERS = {
  reached: 0,
  total: 0,
  cancelled: 0,
  elapsedMs: expect.any(Number),
  silent: [],
};

const GRANT = {
  id: 'alice-s',
  subject: 'alice',
  clients: null,
  purpose: 'a test',
  expiresAt: '2099-12-31T00:00:00Z',
  sessionLifeSeconds: null,
  sessionIdleSeconds: null,
  sessionMaxCalls: null,
  sessionConcurrent: null,
  rules: [{ effect: 'permit', pattern: 's/*', ...NO_TERMS, line: 6 }],
  state: 'active',
  file: 'grants/alice-s.yaml',
  revision: 1,
  appliedAt: INSTANT,
  revokedAt: null,
};

/** A place whose tool server was used once; its commands run one after the other. */
let place: Place;
beforeAll(async () => {
  place = new Place();
  place.writeConfig(
    configOf({
      mcpServers: {
        s: { command: process.execPath, args: [CONTROLLED, join(place.dir, 'journal')] },
      },
    }),
  );
});
afterAll(removePlaces);

describe('--json, when there is nothing yet', () => {
  it.each([
    ['grant', 'list'],
    ['grant', 'list', '--all'],
    ['session', 'list', '--all'],
    ['tools', 'list'],
    ['audit', 'query', '--subject', 'nobody'],
    ['monitor', 'learnt'],
  ])('prints an empty array, never null: %s %s', async (...words) => {
    expect(await place.json(...words)).toEqual([]);
  });

  it('prints no line for audit tail -n 1 but events', async () => {
    const { code, stdout } = await place.run(['audit', 'tail', '-n', '1', '--json']);
    expect([code, stdout.split('\n').map((line) => line !== '')]).toEqual([0, [true, false]]);
  });
});

describe('--json', () => {
  it('of grant diff is an array of entries, exit code 1', async () => {
    const { code, stdout } = await place.run(['grant', 'diff', '--json']);
    const entry = {
      id: 'alice-s',
      file: 'grants/alice-s.yaml',
      action: 'create',
      waits: expect.any(Boolean),
      differences: ['+ permit s/*'],
    };
    expect([code, JSON.parse(stdout)]).toEqual([1, [{ ...entry, calls: [] }]]);
  });

  it('of grant apply', async () => {
    expect(await place.json('grant', 'apply', '--yes')).toEqual({
      dryRun: false,
      applied: ['alice-s'],
      grants: [
        {
          id: 'alice-s',
          file: 'grants/alice-s.yaml',
          action: 'create',
          waits: false,
          differences: ['+ permit s/*'],
        },
      ],
      brokers: null,
    });
  });

  it('of grant list and grant show', async () => {
    const { stdout } = await place.run(['grant', 'list', '--json']);
    expect(JSON.parse(stdout)).toEqual([GRANT]);
    expect(await place.json('grant', 'show', 'alice-s')).toEqual({ ...GRANT, reach: [] });
  });

  it('of grant validate is an empty array when all is well', async () => {
    expect(await place.json('grant', 'validate')).toEqual([]);
  });

  it('of grant create and grant revoke', async () => {
    const {
      state: _,
      file: __,
      revision: ___,
      appliedAt: ____,
      revokedAt: _____,
      ...document
    } = GRANT;
    expect(
      await place.json(
        ...['grant', 'create', 'bob', '--permit', 's/*', '--deny', 's/x', '--ttl', '8h'],
      ),
    ).toEqual({
      dryRun: false,
      file: 'grants/bob-s.yaml',
      grant: {
        ...document,
        id: 'bob-s',
        subject: 'bob',
        purpose: 'not stated',
        expiresAt: INSTANT,
        rules: [
          { effect: 'permit', pattern: 's/*', ...NO_TERMS, line: expect.any(Number) },
          { effect: 'deny', pattern: 's/x', ...NO_TERMS, line: expect.any(Number) },
        ],
      },
      brokers: NO_BROKERS,
    });
    expect(await place.json('grant', 'revoke', 'bob-s')).toEqual({
      id: 'bob-s',
      wasRevoked: false,
      markedFile: 'grants/bob-s.yaml',
      brokers: NO_BROKERS,
    });
  });

  it('of can-i before and after the tool server was used, and of call', async () => {
    const rule = {
      grant: 'alice-s',
      revision: 1,
      index: 0,
      file: 'grants/alice-s.yaml',
      line: 6,
      effect: 'permit',
      pattern: 's/*',
    };
    const before = await place.run(['can-i', 'alice', 's/echo', '--json']);
    expect([before.code, JSON.parse(before.stdout)]).toEqual([
      1,
      {
        allowed: false,
        reason: 'tool_unknown',
        words: expect.any(String),
        rule,
        conditions: [],
        terms: NO_TERMS,
        wouldRefuse: null,
        retryAt: null,
        grants: [{ id: 'alice-s', file: 'grants/alice-s.yaml', reason: 'tool_unknown', rule }],
        waiting: [],
        remedy: null,
        remedyNote: expect.any(String),
        toEnd: [],
      },
    ]);
    const args = ['--args', '{"nonce":"n-1"}', '--as', 'alice'];
    expect(await place.json('call', 's/echo', ...args)).toEqual({
      content: [{ type: 'text', text: 'n-1' }],
    });
    expect(await place.json('can-i', 'alice', 's/echo')).toMatchObject({
      allowed: true,
      rule,
      conditions: [],
      grants: [{ id: 'alice-s', file: 'grants/alice-s.yaml', rule }],
      waiting: [],
      remedy: null,
      toEnd: [['grant', 'revoke', 'alice-s']],
    });
  });

  it('of a call that is refused is the error, exit code 1', async () => {
    const { code, stdout } = await place.run(['call', 's/none', '--as', 'alice', '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      { error: { code: -32602, message: expect.any(String) } },
    ]);
  });

  it('of tools list, diff, approve and quarantine', async () => {
    const tools = ['drifty', 'echo', 'hold', 'other', 'sneaky', 'work', 'write'];
    expect(await place.json('tools', 'list')).toEqual(
      tools.map((tool) => ({
        server: 's',
        kind: 'tool',
        tool,
        name: `s__${tool}`,
        state: 'approved',
        why: null,
        flags: [],
        labels: [],
        hash: HASH,
      })),
    );
    expect(await place.json('tools', 'diff')).toEqual([]);
    writeFileSync(join(place.dir, 'journal.drift'), '');
    const difference = {
      tool: 'drifty',
      kind: 'changed',
      members: [
        {
          at: '/description',
          kind: 'changed',
          parts: expect.arrayContaining([{ kind: 'added', text: expect.any(String) }]),
        },
      ],
      flags: [],
      held: null,
    };
    const found = await place.run(['tools', 'diff', 's', '--live', '--json']);
    expect([found.code, JSON.parse(found.stdout)]).toEqual([
      1,
      [{ server: 's', differences: [difference], waiting: [] }],
    ]);
    const declined = await place.run(['tools', 'approve', 's', '--json']);
    expect([declined.code, JSON.parse(declined.stdout)]).toEqual([
      1,
      { server: 's', approved: false, differences: [difference], brokers: null },
    ]);
    expect(await place.json('tools', 'approve', 's', '--yes')).toEqual({
      server: 's',
      approved: true,
      differences: [difference],
      brokers: NO_BROKERS,
    });
    expect(await place.json('tools', 'quarantine', 's', 'other')).toEqual({
      server: 's',
      tools: ['other'],
      brokers: NO_BROKERS,
    });
  });

  it('of session open, list, show and revoke', async () => {
    const opened = await place.json<{ id: string; token: string }>(
      ...['session', 'open', '--subject', 'alice', '--ttl', '1h', '--purpose', 'why'],
    );
    expect(opened).toEqual({
      id: SESSION,
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      expiresAt: INSTANT,
    });
    const session = {
      id: opened.id,
      subject: 'alice',
      client: null,
      interactive: false,
      purpose: 'why',
      state: 'active',
      openedAt: INSTANT,
      expiresAt: INSTANT,
      endedAt: null,
      calls: 0,
      lastCallAt: null,
      firstUse: null,
      otherUses: [],
      grants: [{ id: 'alice-s', purpose: 'a test', expiresAt: '2099-12-31T00:00:00Z' }],
      running: 0,
      waiting: [],
      touched: [],
      isTouchedWhole: true,
    };
    expect(await place.json('session', 'list')).toEqual([session]);
    expect(await place.json('session', 'show', opened.id)).toEqual(session);
    const revoked = {
      id: opened.id,
      wasEnded: false,
      profile: null,
      alsoActive: [],
      brokers: NO_BROKERS,
    };
    expect(await place.json('session', 'revoke', opened.id)).toEqual(revoked);
    expect(await place.json('session', 'revoke', opened.id)).toEqual({
      ...revoked,
      wasEnded: true,
    });
    expect(await place.json('session', 'list')).toEqual([]);
    expect(JSON.stringify(place.held())).not.toContain(opened.token.slice(-40));
  });

  it('of connect, and the entry alone without it', async () => {
    const words = ['connect', 'claude-desktop', '--subject', 'alice', '--print'];
    const entry = {
      mcpServers: {
        tg: {
          command: process.execPath,
          args: [TOOLGRANT, 'stdio', '--profile', 'claude-desktop', '--config', place.config],
        },
      },
    };
    expect(await place.json(...words)).toEqual({
      profile: 'claude-desktop',
      subject: 'alice',
      client: 'claude-desktop',
      entry,
    });
    const { stdout } = await place.run(words);
    expect(JSON.parse(stdout)).toEqual(entry);
  });

  it('of audit query and audit show is the event as it is hashed', async () => {
    const events = await place.json<{ seq: number; code: string }[]>(
      'audit',
      'query',
      '--tool',
      'echo',
    );
    expect(events.map(({ code }) => code)).toEqual(['TG1001', 'TG1002']);
    expect(events[0]).toMatchObject({
      chain: 'main',
      at: expect.any(Number),
      subject: 'alice',
      server: 's',
      tool: 'echo',
      decision: 'permit',
      hash: HASH,
      prev: HASH,
    });
    expect(await place.json('audit', 'show', String(events[0]?.seq))).toEqual(events[0]);
  });

  it('of explain and simulate, of a call that was made', async () => {
    const [intent] = await place.json<{ seq: number }[]>('audit', 'query', '--tool', 'echo');
    expect(await place.json('explain', String(intent?.seq))).toMatchObject({
      seq: intent?.seq,
      what: 's/echo',
      decision: 'permit',
      ruleText: 'permit s/*',
      outcome: { outcome: 'ok' },
      others: [],
      now: { allowed: true },
      undecidable: [],
    });
    const { code, stdout } = await place.run(['simulate', '--json']);
    const counts = { same: expect.any(Number), refused: 0, permitted: 0, undecidable: 0 };
    expect([code, JSON.parse(stdout)]).toEqual([0, { counts, onTrial: 0, uses: [] }]);
  });

  it('of audit checkpoint and audit verify', async () => {
    const checkpoint = await place.json<{ seq: number }>('audit', 'checkpoint');
    expect(checkpoint).toEqual({
      chain: 'main',
      seq: expect.any(Number),
      hash: HASH,
      at: expect.any(Number),
      kid: expect.any(String),
      signature: expect.any(String),
    });
    const file = join(place.dir, 'kept.json');
    writeFileSync(file, JSON.stringify(checkpoint));
    const ended = await place.run(['audit', 'verify', '--checkpoint', file, '--json']);
    expectDiscreet(ended);
    const report = JSON.parse(ended.stdout);
    expect(report).toEqual({
      ok: true,
      events: expect.any(Number),
      problems: [],
      problemCount: 0,
      coveredBy: checkpoint.seq,
      beyond: report.events - checkpoint.seq,
      openIntents: 0,
      removed: 0,
    });
    writeFileSync(file, JSON.stringify({ ...checkpoint, seq: 100_000 }));
    const refuted = await place.run(['audit', 'verify', '--checkpoint', file, '--json']);
    expect([refuted.code, JSON.parse(refuted.stdout)]).toMatchObject([
      1,
      { ok: false, problems: [{ seq: expect.any(Number), message: expect.any(String) }] },
    ]);
  });
});
