import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endWithin } from '../../src/mcp-server/http-answer.ts';

/** A response whose client reads when the test says so. */
function slowResponse() {
  const response = new EventEmitter() as EventEmitter & { end: () => void; destroy: () => void };
  response.end = vi.fn();
  response.destroy = vi.fn();
  return response;
}

describe('endWithin', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('cuts a client off that has not read the end in time', () => {
    const response = slowResponse();
    endWithin(response as unknown as ServerResponse, 1000);
    vi.advanceTimersByTime(999);
    expect(response.destroy).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(response.destroy).toHaveBeenCalledOnce();
  });

  it('leaves a client alone that has', () => {
    const response = slowResponse();
    endWithin(response as unknown as ServerResponse, 1000);
    response.emit('close');
    vi.advanceTimersByTime(10_000);
    expect(response.destroy).not.toHaveBeenCalled();
  });
});
