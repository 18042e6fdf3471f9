import { PASS } from '../../../src/monitor/judged.ts';
import type { Monitor } from '../../../src/monitor/monitor.ts';

/** Watches nothing. */
export const NO_MONITOR: Monitor = {
  judge: async () => PASS,
  admitted: async () => {},
  brings: async () => {},
  ended: async () => {},
  refused: async () => {},
  usedAfterEnd: async () => {},
  undone: () => {},
  close: async () => {},
  sessions: () => [],
  size: 0,
};
