import { describe, expect, it } from 'vitest';
import { fromLockEntry, toLockEntry } from '../../src/catalog/lock-entry.ts';
import { formatLock, parseLock } from '../../src/catalog/lock-text.ts';
import { pinOffer } from '../../src/catalog/note-offer.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';

const ODD = '{"name":"a","__proto__":{"x":1},"maximum":12345678901234567890,"z":1,"b":[]}';
const pinned = pinOffer(
  'files',
  {
    era: '2025',
    revision: '2025-11-25',
    askedWith: {},
    serverInfo: { name: 'x' },
    capabilities: {},
    prompts: [{ name: 'triage', description: 'p' }],
    templates: [{ name: 'any', uriTemplate: 'file:///{path}' }],
    instructions: 'be kind',
    tools: [parseJson(ODD) as JsonObject, { name: 'b' }],
  },
  { now: 1 },
);
const text = formatLock(new Map([['files', toLockEntry(pinned)]]));

describe('the text of a lock', () => {
  it('reads back as it was, digits and members named __proto__ included', () => {
    const parsed = parseLock(text);
    if (!parsed.ok) throw new Error(parsed.problem);
    const entry = parsed.entries.get('files');
    expect(
      entry &&
        fromLockEntry('files', entry, { now: 1, first: { blocked: new Set(), flags: new Map() } }),
    ).toEqual(pinned);
    expect(text).toContain('"maximum": 12345678901234567890');
  });

  it('does not depend on the order of anything', () => {
    const parsed = parseLock(text);
    if (!parsed.ok) throw new Error(parsed.problem);
    expect(formatLock(parsed.entries)).toBe(text);
    expect(text.indexOf('"__proto__"')).toBeLessThan(text.indexOf('"b": []'));
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('reads the instructions of an earlier version as not there', () => {
    const parsed = parseLock(text.replace(/("instructions": )\{[^}]*\}/, '$1"be kind"'));
    expect(parsed.ok && parsed.entries.get('files')).toMatchObject({ serverInfo: { name: 'x' } });
    expect(parsed.ok && parsed.entries.get('files')).not.toHaveProperty('about');
  });

  it.each([
    ['a key that is there twice', '{"version":1,"version":1,"servers":{}}', /^1:14: .*twice/],
    [
      'a key in a definition that is there twice',
      text.replace('"z": 1', '"z": 1, "z": 2'),
      /twice/,
    ],
    ['a key nobody knows', '{"version":1,"servers":{},"more":1}', /more/],
    ['another version', '{"version":2,"servers":{}}', /version/],
    ['a hash that is not its definition’s', text.replace('"z": 1', '"z": 2'), /hash of tool "a"/],
    [
      'a definition of another name',
      text.replace('"name": "b"\n', '"name": "c"\n'),
      /another name/,
    ],
    ['a hash of a prompt that is another', text.replace('"p"', '"q"'), /hash of prompt "triage"/],
    [
      'a template of another URI',
      text.replace('"uriTemplate": "file:', '"uriTemplate": "http:'),
      /template "file:.*another name/,
    ],
    ['other instructions than were hashed', text.replace('be kind', 'be odd'), /instructions/],
    [
      'a quarantined name that is nothing of it',
      text.replace('"revision"', '"quarantined": ["x"], "revision"'),
      /quarantined/,
    ],
    ['a server nobody can have', text.replace('"files"', '"__proto__"'), /__proto__/],
    ['no JSON', 'x', /^1:1: /],
  ])('is refused for %s', (_, wrong, problem) => {
    expect(parseLock(wrong)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });
});
