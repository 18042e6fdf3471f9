import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exposedName,
  exposedPromptName,
  MAX_EXPOSED_LENGTH,
  nameTable,
  promptNameTable,
  splitExposedName,
} from '../../src/catalog/exposed-name.ts';
import { pinOffer } from '../../src/catalog/note-offer.ts';
import { isServerKey } from '../../src/domain/tool-ref.ts';
import { runs } from '../support/runs.ts';

const pinned = (server: string, ...tools: string[]) =>
  pinOffer(
    server,
    {
      era: '2025',
      revision: '2025-11-25',
      askedWith: {},
      serverInfo: {},
      capabilities: {},
      prompts: [],
      templates: [],
      tools: tools.map((name) => ({ name })),
    },
    { now: 0 },
  );

describe('exposedName', () => {
  it.each([
    ['files', 'read_file', 'files__read_file'],
    ['a', '_b', 'a___b'],
    ['files', 'x'.repeat(41), `files__${'x'.repeat(41)}`],
  ])('keeps %s/%s readable', (server, tool, name) => {
    expect(exposedName({ server, tool })).toBe(name);
  });

  it.each([
    ['files', 'x'.repeat(42)],
    ['files', 'read file'],
    ['files', 'löschen'],
    ['files', 'a/b'],
    ['files', '🗑'],
  ])('gives %s/%s a short name of the permitted characters', (server, tool) => {
    const name = exposedName({ server, tool });
    expect(name).toMatch(/^files__[A-Za-z0-9_-]*_[0-9a-f]{8}$/);
    expect(name.length).toBeLessThanOrEqual(MAX_EXPOSED_LENGTH);
  });

  it('is the same in every process and on every machine', () => {
    expect(exposedName({ server: 'files', tool: 'read file' })).toBe('files__read-file_d6387ca2');
  });

  it('never mixes up two servers', () => {
    const key = fc.stringMatching(/^[A-Za-z0-9_-]{1,24}$/).filter(isServerKey);
    const tool = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
    fc.assert(
      fc.property(key, tool, key, tool, (server, name, other, otherName) => {
        fc.pre(server !== other || name !== otherName);
        expect(exposedName({ server, tool: name })).not.toBe(
          exposedName({ server: other, tool: otherName }),
        );
      }),
      runs(),
    );
  });
});

describe('splitExposedName', () => {
  it('finds the separator where the server key ends', () => {
    expect(splitExposedName('a___b__c')).toEqual({ server: 'a', tool: '_b__c' });
  });

  it.each(['', '__x', 'a__', 'files', '_a__b'])('finds nothing in %j', (name) => {
    expect(splitExposedName(name)).toBeUndefined();
  });
});

describe('nameTable', () => {
  it('leads from each name to its tool', () => {
    const table = nameTable(new Map([['files', pinned('files', 'read_file', 'read file')]]));
    expect(table.resolve('files__read_file')).toEqual({ server: 'files', tool: 'read_file' });
    expect(table.resolve('files__read-file_d6387ca2')).toEqual({
      server: 'files',
      tool: 'read file',
    });
    expect(table.resolve('files__write_file')).toBeUndefined();
  });

  it('keeps a shared name for the tool that was approved, and hides the one that was not', () => {
    const mimic = 'read-file_d6387ca2';
    const files = pinned('files', 'read file', mimic);
    const tools = files.tools.map((tool) =>
      tool.name === mimic ? { ...tool, quarantine: { reason: 'unapproved' as const } } : tool,
    );
    const table = nameTable(new Map([['files', { ...files, tools }]]));
    expect(table.resolve(`files__${mimic}`)).toEqual({ server: 'files', tool: 'read file' });
    expect(table.isUnique({ server: 'files', tool: 'read file' })).toBe(true);
    expect(table.isUnique({ server: 'files', tool: mimic })).toBe(false);
  });

  it('leads from the name of an unapproved tool to it, so that its refusal says why', () => {
    const files = pinned('files', 'read');
    const tools = files.tools.map((tool) => ({
      ...tool,
      quarantine: { reason: 'unapproved' as const },
    }));
    const table = nameTable(new Map([['files', { ...files, tools }]]));
    expect(table.resolve('files__read')).toEqual({ server: 'files', tool: 'read' });
  });
});

describe('promptNameTable', () => {
  const prompts = (...names: readonly string[]) => {
    const { tools, ...files } = pinned('files', ...names);
    return { ...files, tools: [], prompts: tools };
  };

  it('has names of its own: a prompt may be named as a tool is', () => {
    const both = new Map([
      ['files', { ...pinned('files', 'read'), prompts: prompts('read').prompts }],
    ]);
    expect(promptNameTable(both).resolve('files__read')).toEqual({
      server: 'files',
      prompt: 'read',
    });
    expect(nameTable(both).resolve('files__read')).toEqual({ server: 'files', tool: 'read' });
  });

  it('keeps a shared name for the prompt that was approved', () => {
    const shortened = exposedPromptName({ server: 'files', prompt: 'a b' }).slice('files__'.length);
    const known = prompts('a b', shortened);
    const marked = known.prompts.map((prompt) =>
      prompt.name === shortened
        ? { ...prompt, quarantine: { reason: 'unapproved' as const } }
        : prompt,
    );
    const table = promptNameTable(new Map([['files', { ...known, prompts: marked }]]));
    expect(table.resolve(`files__${shortened}`)).toEqual({ server: 'files', prompt: 'a b' });
    expect(table.isUnique({ server: 'files', prompt: shortened })).toBe(false);
  });
});
