import type { z } from 'zod';
import type { SessionLimits } from '../domain/session-limits.ts';
import { parseDuration } from './duration.ts';
import type { GrantProblem } from './grant-problem.ts';
import type { GrantDocument, GrantRule } from './grant-record.ts';
import { GRANT_KEYS, type GrantFile, grantFile } from './grant-schema.ts';
import { nearestName } from './nearest-name.ts';
import { readYaml } from './read-yaml.ts';
import { patternProblem } from './rule-pattern.ts';
import { termProblems, termsOf } from './rule-terms.ts';
import {
  entry,
  nodeAt,
  type Place,
  placeIn,
  plainValue,
  type YamlMapping,
  type YamlNode,
  type YamlScalar,
} from './yaml-nodes.ts';

/** A grant file as read: a grant, or everything that keeps it from being one. */
export type ParsedGrant =
  | {
      readonly ok: true;
      readonly document: GrantDocument;
      /** Epoch milliseconds. The file says it was revoked: it grants nothing, whatever the database says. */
      readonly markedRevoked?: number;
      /** Where each rule's condition stands, by the rule's place. */
      readonly conditions?: ReadonlyMap<number, YamlScalar>;
      /** Where each rule's `until` stands, likewise. */
      readonly trials?: ReadonlyMap<number, YamlScalar>;
    }
  | { readonly ok: false; readonly problems: readonly GrantProblem[] };

/**
 * Reads a grant file. All or nothing: one problem anywhere and there is no grant, because a rule
 * left out may be the one that denies. Problems come in the order of the file.
 *
 * @param file names the file in problems; nothing is opened.
 */
export function parseGrant(text: string, file: string): ParsedGrant {
  const read = readYaml(text);
  if (!read.ok) {
    const problems = read.problems.map((each) => ({ ...each, file, kind: 'invalid' as const }));
    return { ok: false, problems };
  }
  return new GrantReader(file, read.node).read();
}

class GrantReader {
  readonly #file: string;
  readonly #root: YamlNode;
  readonly #problems: GrantProblem[] = [];

  constructor(file: string, root: YamlNode) {
    this.#file = file;
    this.#root = root;
  }

  read(): ParsedGrant {
    if (this.#root.kind !== 'mapping') {
      this.#add(this.#root.at, 'a grant is a mapping of keys and values');
      return { ok: false, problems: this.#problems };
    }
    this.#checkKeys(this.#root, GRANT_KEYS.file, GRANT_KEYS.session);
    const checked = grantFile.safeParse(plainValue(this.#root));
    if (!checked.success) for (const issue of checked.error.issues) this.#addIssue(issue);
    this.#checkWho(this.#root);
    const session = this.#mapping('session');
    if (session !== undefined) this.#checkKeys(session, GRANT_KEYS.session, []);
    const rules = nodeAt(this.#root, ['rules']);
    if (rules.kind === 'list') for (const rule of rules.items) this.#checkRule(rule);

    if (this.#problems.length > 0 || !checked.success) {
      const problems = this.#problems.sort((a, b) => a.line - b.line || a.column - b.column);
      return { ok: false, problems };
    }
    const { revoked } = checked.data;
    return {
      ok: true,
      document: this.#document(checked.data),
      ...this.#places('conditions', 'when'),
      ...this.#places('trials', 'until'),
      ...(revoked === undefined ? {} : { markedRevoked: Date.parse(revoked) }),
    };
  }

  #document(content: GrantFile): GrantDocument {
    const sessionLifeMs = parseDuration(content.session?.life ?? '');
    const sessionLimits = limitsOf(content.session);
    return {
      id: content.id,
      subject: content.subject ?? '',
      ...(content.clients === undefined ? {} : { clients: content.clients }),
      purpose: content.purpose.trim(),
      expiresAt: Date.parse(content.expires),
      ...(sessionLifeMs === undefined ? {} : { sessionLifeMs }),
      ...(sessionLimits === undefined ? {} : { sessionLimits }),
      rules: content.rules.map((rule, index): GrantRule => {
        const { line } = nodeAt(this.#root, ['rules', index]).at;
        return rule.deny === undefined
          ? { effect: 'permit', pattern: rule.permit ?? '', ...termsOf(rule), line }
          : { effect: 'deny', pattern: rule.deny, ...termsOf(rule), line };
      }),
    };
  }

  #places<Name extends string>(
    name: Name,
    key: string,
  ): { readonly [Each in Name]?: ReadonlyMap<number, YamlScalar> } {
    const rules = nodeAt(this.#root, ['rules']);
    const places = new Map(
      (rules.kind === 'list' ? rules.items : []).flatMap((rule, index): [number, YamlScalar][] => {
        const value = rule.kind === 'mapping' ? entry(rule, key)?.value : undefined;
        return value?.kind === 'scalar' ? [[index, value]] : [];
      }),
    );
    return places.size === 0 ? {} : ({ [name]: places } as { [Each in Name]: typeof places });
  }

  #mapping(key: string): YamlMapping | undefined {
    if (this.#root.kind !== 'mapping') return undefined;
    const value = entry(this.#root, key)?.value;
    return value?.kind === 'mapping' ? value : undefined;
  }

  #checkKeys(mapping: YamlMapping, known: readonly string[], elsewhere: readonly string[]): void {
    for (const { key, at } of mapping.entries) {
      if (known.includes(key)) continue;
      const nearest = nearestName(key, known);
      const inner = elsewhere.includes(key) ? `it belongs under \`session\`` : undefined;
      const hint = inner ?? (nearest === undefined ? undefined : `did you mean \`${nearest}\``);
      this.#add(at, `unknown key ${JSON.stringify(key)}`, hint ?? `known: ${known.join(', ')}`);
    }
  }

  #checkWho(root: YamlMapping): void {
    const match = entry(root, 'match');
    if (match !== undefined) {
      this.#notEnforced(match.at, '`match`');
      if (match.value.kind === 'mapping') this.#checkKeys(match.value, GRANT_KEYS.match, []);
    } else if (entry(root, 'subject') === undefined) {
      this.#add(root.at, '`subject` is missing');
    }
  }

  #checkRule(rule: YamlNode): void {
    if (rule.kind !== 'mapping') return;
    this.#checkKeys(rule, GRANT_KEYS.rule, []);
    const [effect, another] = rule.entries.filter(({ key }) => key === 'permit' || key === 'deny');
    if (effect === undefined) {
      this.#add(rule.at, 'a rule has `permit` or `deny`');
    } else if (another !== undefined) {
      this.#add(another.at, 'a rule has `permit` or `deny`, not both', 'write two rules');
    }
    for (const { key, value } of rule.entries) {
      if (key === 'permit' || key === 'deny') this.#checkPattern(value);
    }
    for (const { at, what, message, hint } of termProblems(rule)) {
      if (what === 'invalid') this.#add(at, message, hint);
      else this.#notEnforced(at, message);
    }
  }

  #checkPattern(node: YamlNode): void {
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value === '') return;
    const problem = patternProblem(node.value);
    if (problem === undefined) return;
    const at = placeIn(node, problem.offset);
    this.#add(at, `${problem.message}, in ${JSON.stringify(node.value)}`, problem.hint);
  }

  /** A zod issue in our words. Unknown keys and rules without effect have been told already. */
  #addIssue(issue: z.core.$ZodIssue): void {
    if (issue.code === 'unrecognized_keys') return;
    const node = nodeAt(this.#root, issue.path);
    const path = issue.path.map((step) => (typeof step === 'number' ? step + 1 : String(step)));
    const label = `\`${path.join('.')}\``;
    const parent = nodeAt(this.#root, issue.path.slice(0, -1));
    const key = String(issue.path.at(-1));
    if (parent.kind === 'mapping' && entry(parent, key) === undefined) {
      this.#add(parent.at, `${label} is missing`);
    } else if (issue.code === 'invalid_type' && !issue.message.startsWith('must')) {
      const isBare = issue.expected === 'string' && node.kind === 'scalar';
      const hint = isBare ? `quote it: ${JSON.stringify(node.source)}` : undefined;
      this.#add(node.at, `${label} must be ${WANTED[issue.expected] ?? issue.expected}`, hint);
    } else {
      this.#add(node.at, `${label} ${issue.message}`);
    }
  }

  #notEnforced(at: Place, what: string): void {
    const message = `${what}: this version does not enforce it`;
    this.#problems.push({ file: this.#file, ...at, message, kind: 'not_enforced' });
  }

  #add(at: Place, message: string, hint?: string): void {
    const { line, column } = at;
    const detail = hint === undefined ? { message } : { message, hint };
    this.#problems.push({ file: this.#file, line, column, ...detail, kind: 'invalid' });
  }
}

const WANTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a mapping',
};

function limitsOf(session: GrantFile['session']): SessionLimits | undefined {
  const idleMs = parseDuration(session?.idle ?? '');
  const { maxCalls, concurrent } = session ?? {};
  const limits: SessionLimits = {
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(maxCalls === undefined ? {} : { maxCalls }),
    ...(concurrent === undefined ? {} : { concurrent }),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}
