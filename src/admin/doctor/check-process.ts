import type { Facts } from './facts.ts';
import { type Finding, findingsOf } from './finding.ts';

const found = findingsOf('node');

/** Which Node runs, and what of this machine limits what can be promised. */
export function checkProcess({ context }: Facts): readonly Finding[] {
  const { nodeVersion, nodePath, platform, uid } = context.process;
  const findings = [found('ok', 'node', `Node ${nodeVersion}`, nodePath)];
  if (platform === 'win32') {
    findings.push(
      found('note', 'platform', 'Windows: not tested, and who else can open files is not checked'),
    );
  }
  if (uid === 0) {
    findings.push(
      found(
        'note',
        'root',
        'this is the user root: tool servers started by it may do anything on this machine',
        '',
        'run brokers as a user of their own',
      ),
    );
  }
  return findings;
}
