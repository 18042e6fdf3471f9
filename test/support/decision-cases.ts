import type { GrantRecord, GrantRule } from '../../src/authorize/grant-record.ts';
import type { Asker, PolicyState, ServerView, ToolView } from '../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { Spent } from '../../src/domain/session-limits.ts';
import { seen, UNSEEN } from './fakes/server-view.ts';
import { plainPatterns } from './glob-oracle.ts';
import { TEMPLATES, URIS } from './resource-cases.ts';
import { makeArgs, makeSchema, makeSpentRules, makeTerms } from './term-cases.ts';

/** The instant every generated case is decided at. */
export const NOW = 1_800_000_000_000;

/** A state, who asks, and what they ask for. */
export interface DecisionCase {
  readonly state: PolicyState;
  readonly asker: Asker;
  readonly requests: readonly AccessRequest[];
}

/** Draws numbers from a seed, so that a failing case can be made again. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below `end` (mulberry32). */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  some<T>(from: readonly T[], percent: number): T[] {
    return from.filter(() => this.chance(percent));
  }
}

const SERVERS = ['files', 'Files', 'github', 'git-hub', 'gh'];

/** Names that a wrong comparison mixes up: case, look-alikes, normal forms, slashes, code points, patterns. */
const TOOLS = [
  'read',
  'Read',
  'rea\u{0501}',
  'read_file',
  'read_File',
  'list',
  'li\u{017f}t',
  'list/all',
  'list/all/deep',
  'delete_file',
  'caf\u{e9}',
  'cafe\u{301}',
  '\u{1f527}',
  'a\u{1f527}b',
  'a\u{d83d}b',
  'a\u{ffff}b',
  'a/b',
  'ab',
  'a.b',
  'axb',
  'a\nb',
  'a\u{2028}b',
  'a*b',
  'a**b',
  'a?b',
  '{a,b}',
  '[ab]',
  '/ab',
  'ab/',
  ' read',
  'read\n',
  '__proto__',
  'constructor',
];
const CLIENTS = ['desktop', 'Desktop', 'code', ''];
/** Few, so that rules and requests meet. */
const PROMPTS = ['read', 'Read', 'list/all', 'a b', 'triage', '**', '__proto__'];
const METHODS = ['resources/list', 'prompts/get', 'tools/call', 'files/read', 'constructor', ''];
const ASKS = ['elicitation', 'sampling', 'roots', 'Roots', 'read', 'list/all', ''];
const KINDS = ['tool', 'prompt', 'resource', 'ask'] as const;
type Kind = (typeof KINDS)[number];
const WHOLE = [
  '**',
  '*/*',
  '*/**',
  'files/**',
  '{files,github}/*',
  '*/*delete*',
  'f*/{read,list}*',
  '*/{,*_}{read,file}',
  '*',
  'files*',
  '**/**',
  'files/',
  '?????/????',
  '**b',
  '{**,}{/,}{*,}',
  '{,}',
  '',
];
/** What cannot be evaluated: it must permit nothing and, as a deny, deny everything. */
const BROKEN = [
  '{',
  'files/{read',
  '{files/{a,b}',
  '*/{a,{b,c}',
  'gh/a}',
  'gh/[ab]',
  'gh/\\*',
  'gh/***',
];

const QUARANTINES = ['drifted', 'unapproved', 'by_admin', 'by_lock'] as const;

/** Makes a state with grants that nearly, exactly or hardly fit, and `count` requests of it. */
export const makeCase = (dice: Dice, count: number): DecisionCase =>
  dice.chance(30) ? makeUses(dice, count) : makeAnything(dice, count);

/** What is used is there, and rules are about it: their terms decide. */
function makeUses(dice: Dice, count: number): DecisionCase {
  const pin = (names: readonly string[], isPrompt = false) =>
    new Map(names.map((name) => [name, { hash: name, inputSchema: makeSchema(dice, isPrompt) }]));
  const servers = new Map([
    [
      'gh',
      seen({ tools: pin(['read', 'list']), prompts: pin(['read'], true), hasResources: true }),
    ],
  ]);
  const age = dice.pick([0, 1_000]);
  const who: Asker = {
    subject: 'alice',
    ...(dice.chance(75) && { client: 'desktop' }),
    ...(dice.chance(85) && { sessionOpenedAt: NOW - age }),
  };
  const uris = ['file:///a/b', 'file:///a/./b', 'docs://h/a', 'docs://H/a'];
  const args = () => (dice.chance(90) ? { args: makeArgs(dice) } : {});
  const requests = Array.from({ length: count }, (): AccessRequest => {
    const what = dice.below(100);
    if (what < 50)
      return { kind: 'tool', server: 'gh', tool: dice.pick(['read', 'list']), ...args() };
    if (what < 70) return { kind: 'prompt', server: 'gh', prompt: 'read', ...args() };
    const uri = dice.pick(uris);
    if (what < 94) return { kind: 'resource', server: 'gh', uri, args: { uri } };
    return { kind: 'ask', server: 'gh', ask: 'roots' };
  });
  const patterns = {
    tool: ['gh/read', 'gh/*', '**'],
    prompt: ['prompt:gh/read', 'prompt:**'],
    resource: ['resource:gh/file:///a/*', 'resource:gh/**', 'resource:**'],
    ask: ['ask:gh/*'],
  };
  const rule = (_: unknown, index: number): GrantRule => {
    const effect = dice.chance(80) ? 'permit' : 'deny';
    const pattern = dice.pick(patterns[kindOf(dice.pick(requests))]);
    const made = makeTerms(dice, effect, pattern, NOW, effect === 'deny' ? 95 : 80);
    return { effect, pattern, ...made, line: index };
  };
  const grants = Array.from({ length: 1 + dice.below(2) }, (_, index) => ({
    ...makeGrant(dice, `g${index}`, age, requests),
    subject: 'alice',
    expiresAt: NOW + 1,
    rules: Array.from({ length: 1 + dice.below(4) }, rule),
  }));
  const asker = dice.chance(50) ? { ...who, spent: makeSpent(dice, grants) } : who;
  return { state: { epoch: 1, isHalted: false, grants, servers }, asker, requests };
}

function makeAnything(dice: Dice, count: number): DecisionCase {
  const servers = new Map<string, ServerView>();
  for (const server of dice.some(SERVERS, 60)) {
    const tools = somePinned(dice, server, TOOLS, 25);
    const has = {
      tools,
      prompts: somePinned(dice, server, PROMPTS, 45, true),
      templates: somePinned(dice, server, [...TEMPLATES.keys()], 15),
      hasResources: dice.chance(70),
    };
    if (dice.chance(4)) servers.set(server, seen({ isAwaitingApproval: true }));
    else servers.set(server, dice.chance(75) ? seen(has) : UNSEEN);
  }
  const age = dice.pick([0, 1, 1_000, 60_000]);
  const who: Asker = {
    subject: dice.chance(90) ? 'alice' : 'bob',
    ...(dice.chance(75) && { client: dice.pick(CLIENTS) }),
    ...(dice.chance(85) && { sessionOpenedAt: NOW - age }),
  };
  const requests: AccessRequest[] = [];
  while (requests.length < count) requests.push(makeRequest(dice, servers));
  const grants: GrantRecord[] = [];
  for (let left = dice.below(6); left > 0; left--)
    grants.push(makeGrant(dice, `g${6 - left}`, age, requests));
  const spent = dice.chance(20) ? makeSpent(dice, grants) : undefined;
  const asker = spent === undefined ? who : { ...who, spent };
  const epoch = dice.below(1_000);
  return { state: { epoch, isHalted: dice.chance(3), grants, servers }, asker, requests };
}

function somePinned(
  dice: Dice,
  server: string,
  names: readonly string[],
  percent: number,
  isPrompt = false,
): Map<string, ToolView> {
  const pinned = new Map<string, ToolView>();
  for (const name of dice.some(names, dice.chance(90) ? percent : 0))
    pinned.set(name, {
      hash: `hash of ${server} ${name}`,
      inputSchema: makeSchema(dice, isPrompt),
      ...(dice.chance(15) && { quarantine: dice.pick(QUARANTINES) }),
    });
  return pinned;
}

function makeGrant(
  dice: Dice,
  id: string,
  age: number,
  requests: readonly AccessRequest[],
): GrantRecord {
  const rules: GrantRule[] = [];
  for (let left = dice.below(5); left >= 0; left--) {
    const effect = dice.chance(80) ? 'permit' : 'deny';
    const pattern = makePattern(dice, requests);
    const terms = makeTerms(dice, effect, pattern, NOW, 25);
    rules.push({ effect, pattern, ...terms, line: 5 + 2 * rules.length });
  }
  return {
    id,
    subject: dice.chance(85) ? 'alice' : dice.pick(['bob', 'Alice', 'alice ']),
    purpose: 'generated',
    expiresAt: NOW + (dice.chance(70) ? 3_600_000 : dice.pick([-1_000, -1, 0, 1])),
    ...(dice.chance(35) && { clients: dice.some(CLIENTS, 50) }),
    ...(dice.chance(35) && { sessionLifeMs: Math.max(1, age + dice.pick([-1, 0, 1, 60_000])) }),
    rules,
    revision: 1 + dice.below(3),
    file: `grants/${id}.yaml`,
    appliedAt: NOW - 10_000,
  };
}

/** Grants whose limits are used up in the session, whichever there are, and rules whose limits are. */
const makeSpent = (dice: Dice, grants: readonly GrantRecord[]): Spent => ({
  grants: new Map(
    dice
      .some(['g1', 'g2', 'g3', 'g4', 'g5', 'g6'], dice.chance(50) ? 40 : 0)
      .map((id) => [id, dice.pick(['idle', 'maxCalls', 'concurrent'] as const)]),
  ),
  rules: makeSpentRules(dice, grants, NOW),
});

function makePattern(dice: Dice, requests: readonly AccessRequest[]): string {
  const request = dice.pick(requests);
  const kind = dice.chance(90) ? kindOf(request) : dice.pick(KINDS);
  const glob = makeGlob(dice, request, kind);
  return kind === 'tool' ? glob : `${kind}:${glob}`;
}

/** The kind of the rules a request is decided by. */
function kindOf({ kind }: AccessRequest): Kind {
  if (kind === 'template') return 'resource';
  return KINDS.find((each) => each === kind) ?? 'tool';
}

function makeGlob(dice: Dice, request: AccessRequest, kind: Kind): string {
  if (dice.chance(1)) return dice.pick(BROKEN);
  if (dice.chance(20)) return dice.pick(WHOLE);
  const isAimed = kindOf(request) === kind && dice.chance(70);
  const aimed =
    (isAimed ? textOf(request) : undefined) ?? `${dice.pick(SERVERS)}/${nameOf(dice, kind)}`;
  for (;;) {
    const parts = [...aimed].map((each) => ('[]{}'.includes(each) ? '?' : each));
    const bends = dice.below(4);
    for (let left = bends; left > 0; left--) bend(dice, parts);
    const pattern = parts.join('');
    if (plainPatterns(pattern) !== undefined || dice.chance(2)) return pattern;
  }
}

/** What rules see of a request. */
function textOf(request: AccessRequest): string | undefined {
  switch (request.kind) {
    case 'tool':
      return `${request.server}/${request.tool}`;
    case 'prompt':
      return `${request.server}/${request.prompt}`;
    case 'resource':
      return `${request.server}/${URIS.get(request.uri) ?? request.uri}`;
    case 'template':
      return `${request.server}/${TEMPLATES.get(request.template) ?? request.template}`;
    case 'ask':
      return `${request.server}/${request.ask}`;
    default:
      return undefined;
  }
}

function nameOf(dice: Dice, kind: Kind): string {
  if (kind === 'tool') return dice.pick(TOOLS);
  if (kind === 'prompt') return dice.pick(PROMPTS);
  if (kind === 'ask') return dice.pick(ASKS);
  return dice.pick([...URIS.values()]) ?? '**';
}

/** Puts one wildcard, choice or near miss in place of a few characters. */
function bend(dice: Dice, parts: string[]): void {
  const from = dice.below(parts.length + 1);
  const taken = parts.splice(from, dice.below(5));
  const text = taken.join('');
  const other = dice.pick(['', 'a', 'x/y', '*', '**', '?', '/', '_file', '\u{1f527}']);
  parts.splice(
    from,
    0,
    dice.pick([
      () => '*',
      () => '*',
      () => '**',
      () => '?'.repeat(taken.length),
      // Not longer: behind `**` each one more doubles what the exact oracle has to walk.
      () => '?'.repeat(Math.min(text.length, 6)),
      () => `{${text},${other}}`,
      () => `{${other},${text}}`,
      () => `{${other},{${text},x}y,}`,
      () => `{,{${text}}}`,
      () => `{${text}}${other}`,
      () => (dice.chance(50) ? text.toUpperCase() : text.toLowerCase()),
      () => text + other,
    ])(),
  );
}

function makeRequest(dice: Dice, servers: ReadonlyMap<string, ServerView>): AccessRequest {
  const server =
    dice.chance(85) && servers.size > 0 ? dice.pick([...servers.keys()]) : oddServer(dice);
  const what = dice.below(100);
  const view = servers.get(server);
  const one = (pinned: ReadonlyMap<string, ToolView> | undefined, all: readonly string[]) =>
    dice.pick(
      pinned !== undefined && pinned.size > 0 && dice.chance(85) ? [...pinned.keys()] : all,
    );
  const isUse = dice.chance(50);
  const args = isUse ? { args: makeArgs(dice) } : {};
  if (what < 48) return { kind: 'tool', server, tool: one(view?.tools, [...TOOLS, '']), ...args };
  if (what < 62) {
    return { kind: 'prompt', server, prompt: one(view?.prompts, [...PROMPTS, '']), ...args };
  }
  if (what < 76) {
    const uri = dice.pick([...URIS.keys()]);
    return { kind: 'resource', server, uri, ...(isUse ? { args: { uri } } : {}) };
  }
  if (what < 80)
    return { kind: 'template', server, template: one(view?.templates, [...TEMPLATES.keys()]) };
  if (what < 85) return { kind: 'server', server };
  if (what < 88) return { kind: 'server', server, needs: 'resources' };
  if (what < 96) return { kind: 'ask', server, ask: dice.pick(ASKS) };
  if (what < 98) return { kind: 'method', method: dice.pick(METHODS) };
  // A surface nobody thought of.
  return {
    kind: dice.pick(['root', '__proto__']),
    server,
    tool: 'read',
    uri: 'file:///a/b',
  } as unknown as AccessRequest;
}

/** A server not configured, or a text that only reads like `server/tool` when joined. */
const oddServer = (dice: Dice): string =>
  dice.pick([...SERVERS, 'FILES', 'files/list', 'files/', '', '__proto__', '*']);
