import { describe, expect, it } from 'vitest';
import { flagItem } from '../../src/catalog/flag-item.ts';
import type { NameRef } from '../../src/catalog/flag-names.ts';
import type { JsonObject } from '../../src/domain/json.ts';

const flags = (definition: JsonObject, others: readonly NameRef[] = [], server = 'files') =>
  flagItem('tool', definition, { server, others });

const kinds = (definition: JsonObject, others: readonly NameRef[] = [], server = 'files') =>
  flags(definition, others, server).map(({ kind }) => kind);

describe('the name of a tool', () => {
  it.each(['read_file', 'a', 'x'.repeat(128), 'admin.tools.list', 'a/b', 'GET-x_1'])(
    'may be %s',
    (name) => {
      expect(kinds({ name })).toEqual([]);
    },
  );

  it.each([
    '',
    'x'.repeat(129),
    'read file',
    'rеad',
    'a%2eb',
    '../a',
    'a/../b',
    '/a',
    'a//b',
    'a\n',
  ])('may not be %j', (name) => {
    expect(flags({ name }).find(({ kind }) => kind === 'name_form')).toMatchObject({
      at: '/name',
      isBlocking: true,
    });
  });

  it('must be there', () => {
    expect(kinds({})).toEqual(['name_form']);
  });

  it.each<[string, string, NameRef]>([
    ['read_File', 'name_collision', { server: 'files', name: 'read_file' }],
    ['read-file_d6387ca2', 'name_collision', { server: 'files', name: 'read file' }],
    ['readfile', 'name_confusable', { server: 'files', name: 'read_file' }],
    ['read_fi1e', 'name_confusable', { server: 'files', name: 'read_file' }],
    ['read_fiIe', 'name_confusable', { server: 'files', name: 'read_file' }],
    ['copy_t0', 'name_confusable', { server: 'files', name: 'copy_to' }],
    ['forrnat', 'name_confusable', { server: 'files', name: 'format' }],
    ['vvrite', 'name_confusable', { server: 'files', name: 'write' }],
    ['_read', 'name_confusable', { server: 'fi1es', name: 'read' }],
    ['s_read', 'name_confusable', { server: 'file', name: 'ss_read' }],
  ])('%s is a %s', (name, kind, other) => {
    expect(flags({ name }, [other])).toEqual([
      { kind, at: '/name', found: `${other.server}/${other.name}`, isBlocking: true },
    ]);
  });

  it('is not mistaken for itself, nor for one that differs by a letter', () => {
    const others = ['read_file', 'read_files', 'head_file'].map((name) => ({
      server: 'files',
      name,
    }));
    expect(kinds({ name: 'read_file' }, others)).toEqual([]);
  });

  it('may be that of a tool of a server with another name', () => {
    expect(kinds({ name: 'search' }, [{ server: 'web', name: 'search' }])).toEqual([]);
  });
});

describe('a text that names other tools', () => {
  const others = [
    { server: 'mail', name: 'send_message' },
    { server: 'mail', name: 'search' },
    { server: 'files', name: 'read_file' },
  ];

  it.each([
    'When send_message is called, …',
    'see mail__search.',
    'like `mail/search`',
    'mail/send_message,',
  ])('is flagged: %s', (description) => {
    expect(flags({ name: 'x', inputSchema: { description } }, others)).toEqual([
      {
        kind: 'names_other_tool',
        at: '/inputSchema/description',
        found: expect.stringMatching(/^mail\//),
        isBlocking: false,
      },
    ]);
  });

  it.each(['Use read_file first.', 'Can search.', 'send_messages', 'files/read_file'])(
    'is not flagged for its own server or for common words: %s',
    (description) => {
      expect(kinds({ name: 'x', description }, others)).toEqual([]);
    },
  );
});
