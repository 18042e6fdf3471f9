import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashEvent } from '../../src/audit/chain.ts';
import { Home } from '../support/live/home.ts';

let home: Home;
beforeAll(async () => {
  home = new Home({ more: { audit: { ship: [{ file: 'sent.jsonl' }] } } });
  await home.applyGrants();
  await home.open();
  (await home.state()).close();
});
afterAll(() => home.remove());

const eventsIn = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe('audit export', () => {
  it('writes events as they are hashed, one a line, a new file each time', async () => {
    const { code, stdout } = await home.run(['audit', 'export', '--from', '1', '--to', '3']);
    const events = eventsIn(stdout);
    expect([code, events.map(({ seq }) => seq)]).toEqual([0, [1, 2, 3]]);
    for (const event of events) expect(hashEvent(event)).toBe(event.hash);
    const out = join(home.dir, 'denied.jsonl');
    const words = ['audit', 'export', '--format', 'ocsf', '--to', '3', '--out', out];
    expect(await home.run(words)).toMatchObject({ code: 0, stdout: '' });
    expect(eventsIn(readFileSync(out, 'utf8')).map(({ metadata }) => metadata.sequence)).toEqual([
      1, 2, 3,
    ]);
    expect(await home.run(words)).toMatchObject({ code: 2 });
  });
});

describe('audit ship', () => {
  it('sends on what there is, goes on with the next, and leaves no event out or in twice', async () => {
    expect(await home.run(['audit', 'ship', '--once'])).toMatchObject({ code: 0 });
    expect(await home.run(['audit', 'ship', '--once'])).toMatchObject({ code: 0 });
    const sent = eventsIn(readFileSync(join(home.dir, 'sent.jsonl'), 'utf8'));
    expect(sent.map(({ seq }) => seq)).toEqual(sent.map((_, at) => at + 1));
    expect(sent.at(-1)).toMatchObject({ code: 'TG6001', actor: { command: 'audit ship' } });
  });
});
