import { describe, expect, it } from 'vitest';
import { formatItem, type ItemRef, parseItem } from '../../src/catalog/items.ts';

describe('the word of an item', () => {
  it.each<[string, ItemRef]>([
    ['read_file', { kind: 'tool', name: 'read_file' }],
    ['prompt:triage', { kind: 'prompt', name: 'triage' }],
    ['template:file:///{path}', { kind: 'template', name: 'file:///{path}' }],
    ['instructions', { kind: 'instructions', name: 'instructions' }],
    ['tool:instructions', { kind: 'tool', name: 'instructions' }],
    ['tool:prompt:triage', { kind: 'tool', name: 'prompt:triage' }],
    ['tool:tool:x', { kind: 'tool', name: 'tool:x' }],
    ['prompt:instructions', { kind: 'prompt', name: 'instructions' }],
    ['prompt:prompt:x', { kind: 'prompt', name: 'prompt:x' }],
  ])('is %s, there and back', (word, item) => {
    expect([formatItem(item), parseItem(word)]).toEqual([word, item]);
  });

  it('may say that a tool is one', () => {
    expect(parseItem('tool:read_file')).toEqual({ kind: 'tool', name: 'read_file' });
  });
});
