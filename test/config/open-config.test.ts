import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openConfig } from '../../src/config/open-config.ts';
import { thrownBy, writeConfig } from './temp-config.ts';

const uid = process.getuid?.();
const open = (explicit: string) => openConfig({ explicit, env: { HOME: '/nowhere' }, uid });

describe('openConfig', () => {
  it('opens a configuration that only its owner can write: it is loaded', () => {
    const path = writeConfig({ mcpServers: { a: { command: 'x' } } });
    expect(open(path).specs.map((spec) => spec.name)).toEqual(['a']);
  });

  it.skipIf(uid === undefined)(
    'judges who can write the file before what is in it: it does not read',
    () => {
      const path = writeConfig('not json');
      chmodSync(path, 0o666);
      expect(thrownBy(() => open(path)).code).toBe('ERR_STATE_UNSAFE');
    },
  );

  it('refuses a tool server let loose on its folder: it is ERR_CONFIG', () => {
    const path = writeConfig({ mcpServers: { a: { command: 'x', args: ['.'] } } });
    expect(thrownBy(() => open(path)).message).toContain('mcpServers.a.args[0] reaches');
  });
});
