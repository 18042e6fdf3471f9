import { Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { formatByteSize } from './byte-size.ts';
import { formatDuration } from './duration.ts';
import type { GrantDocument, GrantRule } from './grant-record.ts';
import { parseGrant } from './parse-grant.ts';
import { formatRate } from './rate.ts';

/** Where a grant file in `grants/` finds its schema. */
const SCHEMA = '../schema/grant.schema.json';

/** Writes an instant (epoch milliseconds) as a grant file does, in UTC, without an empty fraction. */
export const formatInstant = (at: number): string =>
  new Date(at).toISOString().replace('.000Z', 'Z');

/**
 * Writes a grant as a file: what `grant create` saves. Values are quoted where YAML would read them
 * otherwise, so that `parseGrant` reads the same grant back; lines are its own.
 */
export function formatGrant(document: GrantDocument): string {
  const { clients } = document;
  const session = sessionOf(document);
  const content = new Document(
    {
      $schema: SCHEMA,
      id: document.id,
      subject: document.subject,
      ...(clients === undefined ? {} : { clients }),
      purpose: document.purpose,
      expires: formatInstant(document.expiresAt),
      ...(Object.keys(session).length === 0 ? {} : { session }),
      rules: document.rules.map(ruleOf),
    },
    { version: '1.2', schema: 'core', aliasDuplicateObjects: false },
  );
  const limits = document.rules.map((_, index) => ['rules', index, 'limit']);
  for (const path of [['clients'], ['session'], ...limits]) {
    const value = content.getIn(path, true);
    if (isMap(value) || isSeq(value)) value.flow = true;
  }
  return content.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function ruleOf(rule: GrantRule) {
  const { effect, pattern, when, hours, rates, approval, waitMs, maxResultBytes, flow } = rule;
  const { trialUntil } = rule;
  const limit = rates?.map(formatRate);
  return {
    [effect]: pattern,
    ...(when === undefined ? {} : { when }),
    ...(hours === undefined ? {} : { hours }),
    ...(limit === undefined ? {} : { limit: limit.length === 1 ? limit[0] : limit }),
    ...(approval === undefined ? {} : { approval }),
    ...(waitMs === undefined ? {} : { wait: formatDuration(waitMs) }),
    ...(maxResultBytes === undefined ? {} : { maxResult: formatByteSize(maxResultBytes) }),
    ...(flow === undefined ? {} : { flow }),
    ...(trialUntil === undefined ? {} : { enforce: false, until: formatInstant(trialUntil) }),
  };
}

function sessionOf({ sessionLifeMs, sessionLimits = {} }: GrantDocument) {
  const { idleMs, maxCalls, concurrent } = sessionLimits;
  return {
    ...(sessionLifeMs === undefined ? {} : { life: formatDuration(sessionLifeMs) }),
    ...(idleMs === undefined ? {} : { idle: formatDuration(idleMs) }),
    ...(maxCalls === undefined ? {} : { maxCalls }),
    ...(concurrent === undefined ? {} : { concurrent }),
  };
}

/**
 * Marks a grant file `revoked: <instant>`, or updates the mark, and leaves every other character as it
 * is. The mark is a courtesy: revocation is in the database. A text that cannot be marked without
 * changing what else it says comes back as it was.
 */
export function markRevoked(text: string, instantIso: string): string {
  const before = parseGrant(text, '');
  const marked = withMark(text, instantIso);
  if (!before.ok || marked === undefined) return text;
  const after = parseGrant(marked, '');
  const isSame =
    after.ok &&
    after.markedRevoked === Date.parse(instantIso) &&
    JSON.stringify(after.document) === JSON.stringify(before.document);
  return isSame ? marked : text;
}

function withMark(text: string, instantIso: string): string | undefined {
  const { contents } = parseDocument(text, { version: '1.2', schema: 'core', logLevel: 'silent' });
  if (!isMap(contents) || contents.flow === true) return undefined;
  const known = contents.items.find(({ key }) => isScalar(key) && key.value === 'revoked');
  if (known !== undefined) {
    const [from, to] = (isScalar(known.value) ? known.value.range : undefined) ?? [];
    if (from === undefined || to === undefined) return undefined;
    return `${text.slice(0, from)}${instantIso}${text.slice(to)}`;
  }
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const end = contents.range?.[1] ?? text.length;
  // After the last value and the comment on its line, but before a `...` that ends the document.
  const lineEnd = text.indexOf('\n', Math.max(end - 1, 0));
  const at = lineEnd === -1 ? text.length : lineEnd + 1;
  const head = text.slice(0, at);
  const gap = head.endsWith('\n') ? '' : newline;
  return `${head}${gap}revoked: ${instantIso}${newline}${text.slice(at)}`;
}
