import { describe, expect, it } from 'vitest';
import {
  createHandles,
  HANDLE_LIFE_MS,
  type HandleBinding,
  type HandleKind,
} from '../../src/ask/handles.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import type { Json } from '../../src/domain/json.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
let salts = 0;
const entropy = (size: number) => {
  salts += 1;
  return new Uint8Array(size).fill(salts);
};
const handles = createHandles(Buffer.alloc(32, 1), entropy);

const binding: HandleBinding = {
  kind: 'state',
  session: 'ses_a',
  method: 'tools/call',
  target: { kind: 'tool', server: 'files', tool: 'read' },
  argsHmac: 'aa',
};

describe('a sealed handle', () => {
  it.each<[string, Json]>([
    ['a text', 'the state of a tool server'],
    ['an object', { held: 'x', at: 1.5, list: [null, true] }],
    ['nothing', null],
  ])('opens to %s for what it was made for', (_, payload) => {
    const handle = handles.seal(binding, payload, NOW);
    expect(handles.open({ ...binding }, handle, NOW + 1000)).toEqual(payload);
  });

  it('is base64url and shows nothing of its payload', () => {
    const handle = handles.seal(binding, 'canary', NOW);
    expect(handle).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(handle, 'base64url').includes('canary')).toBe(false);
  });

  it('is another each time', () => {
    const made = Array.from({ length: 3 }, () => handles.seal(binding, 'x', NOW));
    expect(new Set(made).size).toBe(3);
  });

  it('does not open with any one bit flipped', () => {
    const handle = Buffer.from(handles.seal(binding, 'x', NOW), 'base64url');
    const opened: number[] = [];
    for (let bit = 0; bit < handle.length * 8; bit += 1) {
      const flipped = Buffer.from(handle);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (handles.open(binding, flipped.toString('base64url'), NOW) !== undefined) opened.push(bit);
    }
    expect(opened).toEqual([]);
  });

  it.each<[string, Partial<HandleBinding>]>([
    ['another session', { session: 'ses_b' }],
    ['another kind', { kind: 'held' }],
    ['another method', { method: 'prompts/get' }],
    ['another tool', { target: { kind: 'tool', server: 'files', tool: 'write' } }],
    ['another server', { target: { kind: 'tool', server: 'mail', tool: 'read' } }],
    ['another kind of target', { target: { kind: 'prompt', server: 'files', prompt: 'read' } }],
    ['other arguments', { argsHmac: 'ab' }],
  ])('does not open for %s', (_, other) => {
    const handle = handles.seal(binding, 'x', NOW);
    expect(handles.open({ ...binding, ...other }, handle, NOW)).toBeUndefined();
  });

  it('does not open without the arguments it was made for', () => {
    const { argsHmac: _, ...without } = binding;
    expect(handles.open(without, handles.seal(binding, 'x', NOW), NOW)).toBeUndefined();
  });

  it('does not open under another state', () => {
    const others = createHandles(Buffer.alloc(32, 2), entropy);
    expect(others.open(binding, handles.seal(binding, 'x', NOW), NOW)).toBeUndefined();
  });

  it('opens in another process of the same state', () => {
    const again = createHandles(Buffer.alloc(32, 1), entropy);
    expect(again.open(binding, handles.seal(binding, 'x', NOW), NOW)).toBe('x');
  });

  it('of a task is one text for one task and another for any other', () => {
    const task: HandleBinding = { kind: 'task', session: 'ses_a', method: 'tasks' };
    const made = [
      handles.seal(task, 'x', NOW),
      handles.seal(task, 'x', NOW + 5),
      handles.seal(task, 'y', NOW),
      handles.seal({ ...task, session: 'ses_b' }, 'x', NOW),
    ];
    expect(made[1]).toBe(made[0]);
    expect(new Set(made).size).toBe(3);
    expect(handles.open(task, made[0] ?? '', NOW + 1e12)).toBe('x');
  });

  it.each<HandleKind>(['state', 'held', 'cursor'])(
    'of kind %s opens until its life is over and not from then on',
    (kind) => {
      const handle = handles.seal({ ...binding, kind }, 'x', NOW);
      const opens = (at: number) => handles.open({ ...binding, kind }, handle, at);
      const end = NOW + HANDLE_LIFE_MS[kind];
      expect([opens(end - 1), opens(end)]).toEqual(['x', undefined]);
    },
  );

  it('does not open long before it was made', () => {
    expect(handles.open(binding, handles.seal(binding, 'x', NOW), NOW - 60_000)).toBeUndefined();
  });

  it.each([
    ['padding', (handle: string) => `${handle}=`],
    ['white space', (handle: string) => `${handle}\n`],
    ['the other alphabet', (handle: string) => `${handle}+`],
    ['set bits that say nothing', withTrailingBits],
    ['nothing', () => ''],
    ['a mebibyte', () => 'A'.repeat(1024 * 1024)],
  ])('is refused with %s', (_, change) => {
    const handle = handles.seal(binding, 'x', NOW);
    expect(handles.open(binding, change(handle), NOW)).toBeUndefined();
  });

  it('is not made for more than it may hold', () => {
    expect(() => handles.seal(binding, 'x'.repeat(300_000), NOW)).toThrow(BrokerError);
  });

  it('tells a lone surrogate from the text that spells it', () => {
    const of = (uri: string): HandleBinding => ({
      ...binding,
      target: { kind: 'resource', server: 'files', uri },
    });
    const handle = handles.seal(of('\ud800'), 'x', NOW);
    expect(handles.open(of('\\ud800'), handle, NOW)).toBeUndefined();
    expect(handles.open(of('\ud800'), handle, NOW)).toBe('x');
  });
});

/** The same bytes in another text: the last character's unused bits are not zero. */
function withTrailingBits(handle: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(handle.at(-1) ?? '');
  const changed = handle.slice(0, -1) + alphabet[last | 1];
  return changed === handle ? `${handle}A` : changed;
}
