import { openClientFiles } from '../../../src/client-config/open-client-files.ts';

/** Clients' files of a person who has none: what is written would fail, what is printed is real. */
export const fakeClientFiles = (home = '/dev/null/home') =>
  openClientFiles({
    place: { home, env: {}, platform: 'linux' },
    backupDir: `${home}/state/clients`,
    brokerUrl: 'http://127.0.0.1:7433/mcp',
  });
