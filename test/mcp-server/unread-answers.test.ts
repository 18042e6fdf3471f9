import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { UnreadAnswers } from '../../src/mcp-server/unread-answers.ts';

class Response extends EventEmitter {
  writableLength = 0;
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function answers(maxBytes: number) {
  const dropped: string[] = [];
  const unread = new UnreadAnswers(maxBytes, (owner) => dropped.push(owner));
  return {
    dropped,
    write(owner: string, bytes: number) {
      const response = new Response();
      const watched = unread.watch(response as unknown as ServerResponse, owner);
      response.writableLength = bytes;
      watched.wrote();
      return { response, watched };
    },
  };
}

describe('UnreadAnswers', () => {
  it('drops the oldest answer of the owner that holds most, not of who came last', () => {
    const { write, dropped } = answers(100);
    const first = write('greedy', 40).response;
    const second = write('greedy', 40).response;
    const modest = write('modest', 30).response;
    expect([first.destroyed, second.destroyed, modest.destroyed]).toEqual([true, false, false]);
    expect(dropped).toEqual(['greedy']);
  });

  it('counts what was read no more', () => {
    const { write } = answers(100);
    const { response, watched } = write('a', 90);
    response.writableLength = 0;
    watched.wrote();
    expect(write('b', 90).response.destroyed).toBe(false);
    expect(response.destroyed).toBe(false);
  });

  it('lets a lone answer wait, however large', () => {
    const { write, dropped } = answers(100);
    expect(write('a', 1000).response.destroyed).toBe(false);
    expect(write('b', 10).response.destroyed).toBe(false);
    expect(dropped).toEqual(['a']);
  });
});
