import { describe, expect, it } from 'vitest';
import { suggestLabels } from '../../src/catalog/suggest-labels.ts';

describe('labels that are suggested', () => {
  it.each([
    ['read_text_file', {}, []],
    ['searchWeb', {}, ['untrusted']],
    ['get_issue_comments', { readOnlyHint: true }, ['untrusted']],
    ['create_issue', {}, ['untrusted', 'egress']],
    ['create_directory', {}, []],
    ['delete_entities', {}, ['destructive']],
    ['delete_view', { readOnlyHint: true }, []],
    ['run', { destructiveHint: true, openWorldHint: true }, ['egress', 'destructive']],
    ['lookup', { readOnlyHint: true, openWorldHint: true }, ['untrusted']],
    ['get_secret', { destructiveHint: 'yes' }, ['private']],
  ])('for %s with %j are %j', (name, annotations, labels) => {
    expect(suggestLabels({ name, annotations })).toEqual(labels);
  });
});
