import { describe, expect, it } from 'vitest';
import { createSessionMemory } from '../../src/answer/session-memory.ts';
import type { SessionId } from '../../src/domain/ids.ts';

const session = (n: number) => `ses_${n}` as SessionId;

describe('the memory of sessions', () => {
  it('keeps each session’s own', () => {
    const memory = createSessionMemory();
    memory.noteHome(session(1), 'a:b', 'files');
    memory.setLogLevel(session(1), 'info');
    expect(memory.home(session(1), 'a:b')).toBe('files');
    expect(memory.home(session(2), 'a:b')).toBeUndefined();
    expect(memory.logLevel(session(2))).toBeUndefined();
  });

  it('forgets the sessions and URIs not heard of for longest', () => {
    const memory = createSessionMemory();
    for (let at = 0; at < 3_000; at += 1) memory.noteHome(session(0), `a:${at}`, 's');
    expect(memory.home(session(0), 'a:0')).toBeUndefined();
    expect(memory.home(session(0), 'a:2999')).toBe('s');
    for (let at = 1; at <= 1_000; at += 1) memory.noteHome(session(at), 'a:b', 's');
    expect(memory.home(session(0), 'a:2999')).toBeUndefined();
    expect(memory.home(session(1_000), 'a:b')).toBe('s');
  });

  it('does not keep a URI of any length', () => {
    const memory = createSessionMemory();
    memory.noteHome(session(0), `a:${'x'.repeat(5_000)}`, 's');
    expect(memory.home(session(0), `a:${'x'.repeat(5_000)}`)).toBeUndefined();
  });
});
