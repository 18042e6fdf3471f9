import { clientById } from '../../src/client-config/clients.ts';
import { connectEntry } from '../../src/client-config/connect-entry.ts';
import { disconnectEntry } from '../../src/client-config/disconnect-entry.ts';
import { foundAt } from '../../src/client-config/find-clients.ts';

/** Connects and disconnects a Cursor file until it is killed; says so before each. */
const [path = '', backups = ''] = process.argv.slice(2);
const client = clientById('cursor');
if (client === undefined) throw new Error('no cursor');
const entry = {
  kind: 'stdio',
  command: '/n',
  args: ['/toolgrant', 'stdio', '--profile', 'p'],
} as const;
for (;;) {
  process.send?.('connect');
  await connectEntry(foundAt(client, path), entry, backups, { moveOut: ['a'] });
  process.send?.('disconnect');
  await disconnectEntry(foundAt(client, path), backups);
}
