import { describe, expect, it } from 'vitest';
import { checkGrants } from '../../../src/admin/doctor/check-grants.ts';
import { checkListen } from '../../../src/admin/doctor/check-listen.ts';
import { checkProcess } from '../../../src/admin/doctor/check-process.ts';
import { checkServers } from '../../../src/admin/doctor/check-servers.ts';
import { checkTools } from '../../../src/admin/doctor/check-tools.ts';
import type { DoctorContext } from '../../../src/admin/doctor/doctor-context.ts';
import type { Facts } from '../../../src/admin/doctor/facts.ts';
import type { Finding } from '../../../src/admin/doctor/finding.ts';
import { examine } from '../../../src/admin/doctor/run-doctor.ts';
import type { ServerOffer } from '../../../src/domain/catalog-record.ts';
import { grantRecord } from '../../support/fakes/grant-record.ts';
import { pinnedServer } from '../../support/fakes/pinned-server.ts';

const spec = {
  name: 'files',
  kind: 'stdio',
  command: process.execPath,
  args: [],
  cwd: '/',
  env: {},
  isolation: 'shared',
  timeoutMs: 1,
  startTimeoutMs: 1,
  idleMs: 1,
  maxMessageBytes: 1024,
} as const;

const offer = (...tools: ServerOffer['tools']): ServerOffer => ({
  era: '2025',
  revision: '2025-06-18',
  askedWith: {},
  serverInfo: {},
  capabilities: {},
  prompts: [],
  templates: [],
  tools,
});

const config = {
  configDir: '/conf',
  grantsDir: '/conf/grants',
  stateDir: '/conf/.toolgrant',
  lockPath: '/conf/mcp.lock.json',
  listen: { host: '127.0.0.1', port: 80 },
  specs: [spec],
  asksFirst: [],
  warnings: [],
};

function contextOf(changes: Partial<DoctorContext> = {}): DoctorContext {
  return {
    clock: { now: () => 0, nowMicros: () => 0, monotonicMs: () => 0 },
    process: {
      nodeVersion: '24.0.0',
      nodePath: process.execPath,
      platform: 'linux',
      uid: 1000,
      usualConfig: '/home/.config/toolgrant/mcp.config.json',
    },
    settings: { path: '/conf/mcp.config.json', faults: [], config, clearText: [], inherited: [] },
    openState: async () => undefined,
    readAnchor: async () => undefined,
    checkpointKey: async () => undefined,
    listProfiles: async () => [],
    grantFiles: { read: async () => [] },
    lock: { path: config.lockPath, read: async () => undefined },
    isAlive: async () => false,
    lookAtAddress: async () => 'free',
    readOffer: async () => offer(),
    originOf: async () => ({}),
    readClients: async () => [],
    progress: () => {},
    ...changes,
  };
}

const factsOf = (changes: Partial<Facts> = {}): Facts => ({
  context: contextOf(),
  now: 0,
  starts: new Map(),
  ...changes,
});

const named = (findings: readonly Finding[]) => findings.map(({ check }) => check);

const TOOL = { description: 'Reads.', inputSchema: { type: 'object' } };
describe('doctor', () => {
  it('says of Windows what is not looked at there', () => {
    const { process: linux } = contextOf();
    const context = contextOf({ process: { ...linux, platform: 'win32', uid: undefined } });
    expect(named(checkProcess(factsOf({ context })))).toEqual(['node', 'platform']);
  });

  it('says which server is slower than clients wait', () => {
    const start = { kind: 'started', offer: offer(), readyMs: 10_001 } as const;
    const facts = factsOf({ starts: new Map([['files', start]]) });
    expect(named(checkServers(facts))).toEqual(['server', 'server_slow', 'environment']);
  });

  it('says that a user may not listen', async () => {
    const context = contextOf({ lookAtAddress: async () => 'forbidden' });
    expect(named(await checkListen(factsOf({ context })))).toEqual(['listen_forbidden']);
  });

  it('looks at the address of admin, too', async () => {
    const settings = {
      ...contextOf().settings,
      config: { ...config, admin: { host: '127.0.0.1', port: 9464 } },
    };
    const context = contextOf({
      settings,
      lookAtAddress: async (_, port) => (port === 9464 ? 'taken' : 'free'),
    });
    const findings = await checkListen(factsOf({ context }));
    expect(findings.map(({ check, remedy }) => [check, remedy])).toEqual([
      ['listen', undefined],
      [
        'listen_taken',
        'change `admin.listen` in the configuration, or end the program that is there',
      ],
    ]);
  });

  it('says which tool of a server never used needs a look', async () => {
    const hidden = { ...TOOL, name: 'read', description: 'Reads.\u{e0041}\u{e0042}' };
    const start = { kind: 'started', offer: offer(hidden), readyMs: 1 } as const;
    const facts = factsOf({ starts: new Map([['files', start]]) });
    expect(named(await checkTools(facts))).toEqual(['tool_flagged', 'server_unpinned']);
  });

  it('says whose name another tool has', async () => {
    // What the first is shortened to is the plain name of the second.
    const long = 'a'.repeat(60);
    const [first] = await checkTools(
      factsOf({ pinned: { ok: true, value: new Map([['files', pinnedServer('files', [long])]]) } }),
    ).then((findings) => findings.filter(({ check }) => check === 'tool_renamed'));
    const shortened = first?.what.split('__').at(-1) ?? '';
    const value = new Map([['files', pinnedServer('files', [long, shortened])]]);
    const findings = await checkTools(factsOf({ pinned: { ok: true, value } }));
    expect(findings.find(({ check }) => check === 'tool_collides')?.where).toBe(
      `files/${shortened}`,
    );
  });

  it('says to whom URIs of a template go that two servers have', async () => {
    const template = { name: 'x:{y}', definition: { uriTemplate: 'x:{y}' }, hash: 'h' };
    const pinned = ['a', 'b'].map(
      (server) => [server, { ...pinnedServer(server, []), templates: [template] }] as const,
    );
    const specs = ['b', 'a'].map((name) => ({ ...spec, name }));
    const settings = { ...contextOf().settings, config: { ...config, specs } };
    const findings = await checkTools(
      factsOf({
        context: contextOf({ settings }),
        pinned: { ok: true, value: new Map(pinned) },
      }),
    );
    const found = findings.filter(({ check }) => check === 'template_collides');
    expect(found).toMatchObject([{ where: 'a', what: expect.stringMatching(/^b has /) }]);
  });

  it('goes on where something cannot be looked at, and tells nothing of why', async () => {
    const context = contextOf({
      lookAtAddress: () => Promise.reject(new Error('s3cret')),
      readClients: () => Promise.reject(new Error('s3cret')),
    });
    const { findings, isUsable } = await examine(context, { starts: true });
    const bad = findings.filter(({ level }) => level === 'problem');
    expect([named(bad), isUsable]).toEqual([['check_failed', 'clients_unreadable'], true]);
    expect(JSON.stringify(findings)).not.toContain('s3cret');
  });

  it('starts nothing that waits for a yes, or that it was told to leave out', async () => {
    const started: string[] = [];
    const readOffer: DoctorContext['readOffer'] = async ({ name }) => {
      started.push(name);
      return offer();
    };
    const settings = { ...contextOf().settings, config: { ...config, asksFirst: ['files'] } };
    await examine(contextOf({ readOffer, settings }), { starts: true });
    await examine(contextOf({ readOffer }), { starts: false });
    expect(started).toEqual([]);
  });
});

describe('checkGrants', () => {
  it.each([
    ['while it lasts', 3, ['rule_on_trial', 'warning']],
    ['once it is over', -1, ['rule_trial_over', 'note']],
    ['that is longer than one may be', 8, ['rule_trial_over', 'note']],
  ])('is loud about a rule on trial %s', async (_, days, [check, level]) => {
    const rule = { effect: 'permit', pattern: 'files/read', line: 7 } as const;
    const limit = { rates: [{ count: 1, windowMs: 1000 }], trialUntil: days * 86_400_000 };
    const grant = grantRecord({ rules: [{ ...rule, ...limit }], appliedAt: 0 });
    const findings = await checkGrants(
      factsOf({
        state: { ok: true, value: undefined },
        grants: { ok: true, value: [grant] },
        pinned: { ok: true, value: new Map() },
      }),
    );
    expect(findings).toMatchObject([{ check, level, where: 'grants/alice-files.yaml:7' }]);
  });
});
