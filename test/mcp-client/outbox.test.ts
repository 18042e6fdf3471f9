import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutbox } from '../../src/mcp-client/outbox.ts';

function outbox() {
  const written: string[] = [];
  const input = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      written.push(text);
      done();
    },
  });
  return { box: createOutbox(input), written };
}

const endOfTick = () => new Promise((resume) => setImmediate(resume));
const yes = () => true;

describe('an outbox', () => {
  it('writes what is posted at once in one write, in its order', async () => {
    const { box, written } = outbox();
    box.post('a\n', yes);
    await Promise.resolve();
    box.post('ü\n', yes);
    expect([written, box.waiting]).toEqual([[], 4]);
    await endOfTick();
    box.post('c\n', yes);
    await endOfTick();
    expect([written, box.waiting]).toEqual([['a\nü\n', 'c\n'], 0]);
  });

  it('asks right before the bytes leave, and drops what may not', async () => {
    const { box, written } = outbox();
    let isRevoked = false;
    box.post('revoked\n', () => !isRevoked);
    box.post('kept\n', yes);
    isRevoked = true;
    await endOfTick();
    expect(written).toEqual(['kept\n']);
  });

  it('writes nothing where nothing may leave', async () => {
    const { box, written } = outbox();
    box.post('a\n', () => false);
    await endOfTick();
    expect(written).toEqual([]);
  });
});
