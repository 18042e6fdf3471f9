import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;
afterEach(() => world.close());

/** What alice gets of `values` for an argument of a template. */
async function completed(
  uriTemplate: string,
  rules: readonly string[],
  values: readonly string[],
  params: JsonObject,
): Promise<unknown> {
  const server = wholeServer('s', {
    templates: [{ uriTemplate, name: 'one' }],
    answer: (method) =>
      method === 'completion/complete'
        ? { kind: 'result', result: { completion: { values, total: values.length, kept: 1 } } }
        : undefined,
  });
  world = await WholeWorld.open({ s: server });
  await world.grant('alice', rules);
  await world.ask('alice', 'tools/list');
  const { completion } = await world.result('alice', 'completion/complete', {
    ref: { type: 'ref/resource', uri: uriTemplate },
    ...params,
  });
  return completion;
}

const argument = (name: string): JsonObject => ({ argument: { name, value: '' } });
const PUB = 'permit: resource:s/repo://pub/**';

describe('S11 values for an argument of a resource template', () => {
  it('are only those that could be read with it, and how many others there are is not told', async () => {
    const values = ['pub/a', 'secret/a', 'pub', '../secret', 'pub/../secret/b', 'pub/b c'];
    expect(await completed('repo://{+path}', [PUB], values, argument('path'))).toEqual({
      values: ['pub/a', 'pub/b c'],
      kept: 1,
    });
  });

  it('are judged beside what is filled in already', async () => {
    const owner = { ...argument('owner') };
    const both = 'repo://{owner}/{name}';
    expect(await completed(both, [PUB], ['pub', 'secret'], owner)).toMatchObject({
      values: ['pub'],
    });
    await world.close();
    const context = { context: { arguments: { owner: 'secret' } } };
    const name = { ...argument('name'), ...context };
    expect(await completed(both, [PUB], ['a', 'b'], name)).toMatchObject({ values: [] });
  });

  it('leave out what a deny rule takes away', async () => {
    const rules = ['permit: resource:s/**', 'deny: resource:s/repo://x/key'];
    expect(await completed('repo://x/{id}', rules, ['a', 'key', '%6bey'], argument('id'))).toEqual({
      values: ['a'],
      kept: 1,
    });
  });

  it('are untouched when all could be read', async () => {
    const values = ['a', 'b/c', 'd'];
    expect(
      await completed('repo://{id}', ['permit: resource:s/**'], values, argument('id')),
    ).toEqual({ values, total: 3, kept: 1 });
  });
});
