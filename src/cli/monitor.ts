import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addMonitorExplain } from './monitor-explain.ts';
import { addMonitorFreeze, addMonitorLearnt } from './monitor-learnt.ts';
import { addMonitorReplay } from './monitor-replay.ts';
import { addMonitorStatus } from './monitor-status.ts';
import { addMonitorForget, addMonitorUndo } from './monitor-undo.ts';

/** `toolgrant monitor`: what was noticed, why, and what is to be undone. */
export function addMonitor(program: Command, cli: Cli): void {
  const monitor = program
    .command('monitor')
    .helpGroup('Ask:')
    .description('what sessions did that was out of the ordinary, and what was done about it');
  addMonitorStatus(monitor, cli);
  addMonitorExplain(monitor, cli);
  addMonitorUndo(monitor, cli);
  addMonitorLearnt(monitor, cli);
  addMonitorFreeze(monitor, cli);
  addMonitorReplay(monitor, cli);
  addMonitorForget(monitor, cli);
}
