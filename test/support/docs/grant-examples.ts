import { decide } from '../../../src/authorize/decide.ts';
import { parseDuration } from '../../../src/authorize/duration.ts';
import type { GrantRecord } from '../../../src/authorize/grant-record.ts';
import { parseGrant } from '../../../src/authorize/parse-grant.ts';
import type { Asker, PolicyState } from '../../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../../src/domain/access-request.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { type SpentLimit, spentRule } from '../../../src/domain/session-limits.ts';
import { NO_LINKS } from '../conditions.ts';
import { knownServers } from './known-servers.ts';

/** What a page says of one use: `| Use | Answer |`. */
export interface SaidUse {
  readonly line: number;
  /** `` `files/read_text_file {"path": "/a"}`, at `2026-06-01T07:00:00Z` `` */
  readonly use: string;
  /** `yes`, or `` no: `no_rule` ``. */
  readonly answer: string;
}

/** What stands under one heading: grants, and what is said of all of them together. */
export interface Section {
  readonly heading: string;
  readonly grants: readonly { readonly line: number; readonly text: string }[];
  readonly uses: readonly SaidUse[];
}

const HEAD = '| Use | Answer |';
/** A fragment is a grant's rules alone. */
const WHOLE = 'id: example\nsubject: bob\npurpose: Example\nexpires: 2026-12-31T18:00:00Z\n';

/** The parts of a page that have grants in them. */
export function sectionsOf(page: string): readonly Section[] {
  const sections: { heading: string; grants: { line: number; text: string }[]; uses: SaidUse[] }[] =
    [];
  let section: (typeof sections)[number] = { heading: '', grants: [], uses: [] };
  let block: { language: string; line: number; lines: string[] } | undefined;
  let isTable = false;
  for (const [at, line] of page.split('\n').entries()) {
    const fence = /^```(\S*)/.exec(line);
    if (fence !== null) {
      if (block?.language === 'yaml') {
        const text = block.lines.join('\n');
        section.grants.push({
          line: block.line,
          text: text.startsWith('rules:') ? WHOLE + text : text,
        });
      }
      block =
        block === undefined ? { language: fence[1] ?? '', line: at + 2, lines: [] } : undefined;
    } else if (block !== undefined) block.lines.push(line);
    else if (/^#+ /.test(line)) {
      section = { heading: line.replace(/^#+ /, ''), grants: [], uses: [] };
      sections.push(section);
    } else if (line === HEAD) isTable = true;
    else if (!line.startsWith('|')) isTable = false;
    else if (isTable && !line.startsWith('|---')) {
      const [use = '', answer = ''] = line.slice(1, -1).split('|');
      section.uses.push({ line: at + 1, use: use.trim(), answer: answer.trim() });
    }
  }
  return sections.filter(({ grants, uses }) => grants.length + uses.length > 0);
}

/** A Monday: what pages call now, unless they say another instant. */
const NOW = Date.UTC(2026, 5, 1, 7);

/** The grants of a section in force, over the servers that are known. @throws Error for one that cannot be read. */
export function stateOf({ grants }: Section): PolicyState {
  const records = grants.map(({ line, text }): GrantRecord => {
    const parsed = parseGrant(text, `line ${line}`);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { document } = parsed;
    return { ...document, revision: 1, file: `grants/${document.id}.yaml`, appliedAt: NOW };
  });
  const ordered = records.sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    epoch: 1,
    isHalted: false,
    grants: ordered,
    servers: knownServers(),
    realPath: NO_LINKS,
  };
}

/** What the decision says of a use, in the words of the pages. @throws Error for words nobody reads. */
export function answerTo(state: PolicyState, use: string): string {
  const { request, now, asker, uses } = readUse(state, use);
  const decision = decide(state, asker, request, now);
  return wordsFor(uses === 'spent' ? onceSpent(state, asker, request, decision, now) : decision);
}

interface ReadUse {
  readonly request: AccessRequest;
  readonly asker: Asker;
  readonly now: number;
  readonly uses: 'first' | 'spent';
}

const LIMITS: readonly SpentLimit[] = ['idle', 'maxCalls', 'concurrent'];

function readUse(state: PolicyState, text: string): ReadUse {
  const [, code = '', more = ''] = /^`([^`]+)`(.*)$/.exec(text) ?? [];
  let rest = more;
  const take = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(rest);
    if (found !== null) rest = rest.replace(found[0], '');
    return found?.[1] ?? found?.[0];
  };
  const client = take(/, by `([^`]+)`/);
  const at = take(/, at `([^`]+)`/);
  const age = take(/, in a session of `([^`]+)`/);
  const limit = LIMITS.find((each) => take(new RegExp(`, its \`${each}\` used up`)) !== undefined);
  const uses = take(/, its `limit` used up/) === undefined ? 'first' : 'spent';
  if (rest !== '' || code === '') throw new Error(`nobody reads ${text}`);
  const now = at === undefined ? NOW : Date.parse(at);
  const spent = new Map(
    state.grants.flatMap(({ id }) => (limit === undefined ? [] : [[id, limit]])),
  );
  const asker: Asker = {
    subject: state.grants[0]?.subject ?? '',
    ...(client === undefined ? {} : { client }),
    sessionId: 'ses_1',
    sessionOpenedAt: now - (age === undefined ? 1_000 : (parseDuration(age) ?? Number.NaN)),
    spent: { grants: spent, rules: new Map() },
  };
  return { request: requestFor(code), asker, now, uses };
}

/** `server/tool {…}`; without arguments, whether it is listed. */
function requestFor(code: string): AccessRequest {
  const [, kind = 'tool', ref = '', json] =
    /^(?:(prompt|resource|ask):)?(\S+)(?: (\{.*\}))?$/.exec(code) ?? [];
  const [, server = '', name = ''] = /^([^/]+)\/(.*)$/.exec(ref) ?? [];
  const args = json === undefined ? {} : { args: JSON.parse(json) as JsonObject };
  switch (kind) {
    case 'prompt':
      return { kind, server, prompt: name, ...args };
    case 'resource':
      return { kind, server, uri: name, args: { uri: name } };
    case 'ask':
      return { kind, server, ask: name };
    default:
      return { kind: 'tool', server, tool: name, ...args };
  }
}

function onceSpent(
  state: PolicyState,
  asker: Asker,
  request: AccessRequest,
  decision: Decision,
  now: number,
): Decision {
  if (decision.kind === 'deny' || decision.terms?.rates === undefined) {
    throw new Error('there is no limit to use up');
  }
  const key = spentRule(decision.rule.grant, decision.terms.ruleKey);
  const spent = { grants: new Map(), rules: new Map([[key, now + 60_000]]) };
  return decide(state, { ...asker, spent }, request, now);
}

function wordsFor(decision: Decision): string {
  if (decision.kind === 'deny') {
    const { reason, retryAt } = decision;
    const until = reason === 'outside_hours' && retryAt !== undefined ? retryAt : undefined;
    const when =
      until === undefined ? '' : `, until \`${new Date(until).toISOString().replace('.000', '')}\``;
    return `no: \`${reason}\`${when}`;
  }
  const { terms, wouldRefuse } = decision;
  if (wouldRefuse !== undefined) return `yes, recorded as \`${wouldRefuse}\``;
  if (terms?.approval !== undefined) {
    return `once ${terms.approval.by === 'admin' ? 'an admin' : 'the person at the client'} approves`;
  }
  return terms?.maxResultBytes === undefined
    ? 'yes'
    : `yes, of at most \`${terms.maxResultBytes / 1_024}KB\``;
}
