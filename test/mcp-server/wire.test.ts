import { describe, expect, it, vi } from 'vitest';
import { hasDuplicateMember } from '../../src/domain/duplicate-members.ts';
import { readJson } from '../../src/mcp-server/wire.ts';

vi.mock('../../src/domain/duplicate-members.ts', { spy: true });

const read = (text: string) => readJson(Buffer.from(text));

describe('readJson', () => {
  it('looks for members given twice in what is JSON', () => {
    expect(read('{"a":{"b":1}}')).toEqual({ value: { a: { b: 1 } } });
    expect(read('{"a":{"b":1,"b":1}}')).toBeUndefined();
    expect(hasDuplicateMember).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['objects without end', '{"a":'.repeat(100_000)],
    ['braces without end', '{'.repeat(100_000)],
    ['objects that nest too deeply', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`],
  ])('refuses %s before it makes a set for each', (_, text) => {
    vi.mocked(hasDuplicateMember).mockClear();
    expect(read(text)).toBeUndefined();
    expect(hasDuplicateMember).not.toHaveBeenCalled();
  });
});
