import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantText, Home, until } from '../support/live/home.ts';
import { SessionTalk } from '../support/live/session-talk.ts';

const CHANGED = 'notifications/tools/list_changed';

let at: Home;
let talk: SessionTalk;
const told = () => talk.told.filter(({ method }) => method === CHANGED).length;
const more = (before: number) => until(() => (told() > before ? told() - before : undefined));

beforeAll(async () => {
  at = new Home({
    grants: { 'alice.yaml': grantText('alice', 'alice', ["permit: 's/{drifty,echo}'"]) },
  });
  await at.applyGrants();
  talk = new SessionTalk(at.stdio((await at.open()).token), '2025');
  await talk.begin();
  await talk.ask('tools/list');
});
afterAll(() => at.remove());

describe('S11 a client hears that its list changed, whoever changed it', () => {
  it('when a tool server that another broker started defines a tool differently', async () => {
    writeFileSync(`${at.journalPath}.drift`, '');
    const before = told();
    const other = new SessionTalk(at.stdio((await at.open()).token), '2025');
    await other.begin();
    await other.ask('tools/call', { name: 's__drifty', arguments: {} });
    expect(await more(before)).toBe(1);
    await other.client.leave();
  });

  it('when an admin approves what had changed', async () => {
    const before = told();
    expect(await at.run(['tools', 'approve', 's', '--yes'])).toMatchObject({ code: 0 });
    expect(await more(before)).toBe(1);
  });

  it('when a grant is widened', async () => {
    const before = told();
    writeFileSync(
      join(at.dir, 'grants', 'alice.yaml'),
      grantText('alice', 'alice', ["permit: 's/{drifty,echo,work}'"]),
    );
    expect(await at.run(['grant', 'apply', '--yes'])).toMatchObject({ code: 0 });
    expect(await more(before)).toBe(1);
  });

  it('and not when a list is answered for the first time, though it starts a tool server', () => {
    const first = talk.client.lines.findIndex((line) => line.includes('"tools":[{'));
    const before = talk.client.lines.slice(0, first).filter((line) => line.includes(CHANGED));
    expect(first).toBeGreaterThan(0);
    expect(before).toEqual([]);
  });
});
