import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStateDir } from '../../src/keystore/create-state-dir.ts';
import { openAnchorFile } from '../../src/keystore/open-anchor-file.ts';
import { tempState } from './temp-state.ts';

const ANCHOR = { epoch: 3, seq: 5, hash: 'a'.repeat(64) };

describe('openAnchorFile', () => {
  it('finds none at first, then what was written last', async () => {
    const state = tempState();
    createStateDir(state);
    const file = openAnchorFile(state);
    expect(await file.read()).toBeUndefined();
    await file.write(ANCHOR);
    await file.write({ ...ANCHOR, seq: 6 });
    expect(await openAnchorFile(state).read()).toEqual({ ...ANCHOR, seq: 6 });
    expect(readFileSync(join(state.stateDir, 'anchor'), 'utf8')).toMatch(/^\{.*\}\n$/);
  });

  it.each(['', '{}', 'null', '{"epoch":1,"seq":2,"hash":"short"}', '{"epoch":1,"seq":"2"}'])(
    'fails with ERR_STORE_CORRUPT for %j: it is no absent anchor',
    async (text) => {
      const state = tempState();
      createStateDir(state);
      writeFileSync(join(state.stateDir, 'anchor'), text, { mode: 0o600 });
      await expect(openAnchorFile(state).read()).rejects.toMatchObject({
        code: 'ERR_STORE_CORRUPT',
      });
    },
  );
});
