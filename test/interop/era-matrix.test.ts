import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE, startFixture } from '../conformance/run-suite.ts';
import { everythingOf } from '../conformance/through-broker.ts';
import { sameButForTheList } from '../support/era/differences.ts';
import { type Era, EraClient, revisionOf } from '../support/era/era-client.ts';
import { type Names, type Transcript, useEverything } from '../support/era/features.ts';
import { HttpWire, StdioWire } from '../support/era/wire.ts';
import { Home, TOOLGRANT } from '../support/live/home.ts';

const OWN: Names = { shown: (name) => name, own: (name) => name };
const PREFIXED: Names = {
  shown: (name) => `f__${name}`,
  own: (name) => name.replace(/^f__/, ''),
};

const direct = async (era: Era): Promise<Transcript> => {
  const client = new EraClient(era, new StdioWire([process.execPath, FIXTURE, '--only', era]));
  const seen = await useEverything(client, OWN);
  await client.close();
  return seen;
};

const overStdio = async (client: Era, server: Era): Promise<Transcript> => {
  const entry = { command: process.execPath, args: [FIXTURE, '--only', server] };
  const home = new Home({
    grants: { 'alice.yaml': everythingOf(['f']) },
    servers: () => ({ f: entry }),
  });
  try {
    await home.applyGrants();
    const { token } = await home.open();
    const command = [process.execPath, TOOLGRANT, '--config', home.config, 'stdio'];
    const peer = new EraClient(client, new StdioWire(command, { TOOLGRANT_TOKEN: token }));
    const seen = await useEverything(peer, PREFIXED);
    await peer.close();
    return seen;
  } finally {
    await home.remove();
  }
};

const overHttp = async (client: Era, server: Era): Promise<Transcript> => {
  const fixture = await startFixture(server);
  const home = new Home({
    grants: { 'alice.yaml': everythingOf(['f']) },
    servers: () => ({ f: { type: 'http', url: fixture.url } }),
  });
  try {
    await home.applyGrants();
    const { port } = await home.serve();
    const { token } = await home.open();
    const wire = new HttpWire(`http://127.0.0.1:${port}/mcp/f`, revisionOf(client), token);
    const peer = new EraClient(client, wire);
    const seen = await useEverything(peer, OWN);
    await peer.close();
    return seen;
  } finally {
    await home.remove();
    await fixture.end();
  }
};

const ERAS = ['2025', '2026'] as const;
const PAIRS = ERAS.flatMap((client) =>
  ERAS.flatMap((server) =>
    (['stdio', 'http'] as const).map((transport) => ({ client, server, transport })),
  ),
);

describe.each(PAIRS)('a $client client of a $server tool server over $transport', (pair) => {
  let expected: Transcript = {};
  let seen: Transcript = {};

  beforeAll(async () => {
    const through = pair.transport === 'stdio' ? overStdio : overHttp;
    [expected, seen] = await Promise.all([direct(pair.client), through(pair.client, pair.server)]);
  });

  it('sees everything it sees without the broker, but for the closed list', () => {
    expect(Object.keys(seen).length).toBeGreaterThan(40);
    expect(sameButForTheList(seen)).toEqual(sameButForTheList(expected));
  });
});
