import type { Command } from 'commander';
import { addAuditBackup } from './audit-backup.ts';
import { addAuditCheckpoint } from './audit-checkpoint.ts';
import { addAuditExport } from './audit-export.ts';
import { addAuditPrune } from './audit-prune.ts';
import { addAuditQuery } from './audit-query.ts';
import { addAuditShip } from './audit-ship.ts';
import { addAuditShow } from './audit-show.ts';
import { addAuditStats } from './audit-stats.ts';
import { addAuditTail } from './audit-tail.ts';
import { addAuditVerify } from './audit-verify.ts';
import type { Cli } from './cli.ts';

/** `toolgrant audit`: what happened, and the proof. */
export function addAudit(program: Command, cli: Cli): void {
  const audit = program
    .command('audit')
    .helpGroup('Ask:')
    .description('read, prove and keep the log');
  for (const add of [
    addAuditTail,
    addAuditQuery,
    addAuditShow,
    addAuditStats,
    addAuditVerify,
    addAuditCheckpoint,
    addAuditExport,
    addAuditShip,
    addAuditPrune,
    addAuditBackup,
  ]) {
    add(audit, cli);
  }
}
