import { describe, expect, it } from 'vitest';
import type { Answering } from '../../src/answer/answering.ts';
import { approvedInfo } from '../../src/answer/approved-info.ts';
import { shownInfo } from '../../src/catalog/shown-info.ts';
import type { JsonObject } from '../../src/domain/json.ts';

const ours: JsonObject = { name: 'toolgrant', version: '1' };
const told = (approved?: JsonObject) => {
  const pinned = new Map(approved === undefined ? [] : [['s', { serverInfo: approved }]]);
  const catalog = { view: () => ({ pinned }) } as unknown as Answering['catalog'];
  return approvedInfo('s', { catalog, serverInfo: ours, scrub: (value) => value });
};

describe('what clients are told of who a tool server is', () => {
  it('is what it was approved with', () => {
    const serverInfo = { name: 'files', version: '2', title: 'Files' };
    expect(told(serverInfo)).toEqual(serverInfo);
  });

  it.each<[string, JsonObject | undefined]>([
    ['is not known', undefined],
    ['hid something', shownInfo({ name: 'files', title: 'a\u200bb' })],
    ['was too long to go with results', shownInfo({ name: 'files', title: 'x'.repeat(70_000) })],
    ['had no name', { version: '1' }],
  ])('is the broker’s own where it %s', (_, approved) => {
    expect(told(approved)).toEqual(ours);
  });
});
