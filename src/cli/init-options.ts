import type { Cli } from './cli.ts';

/** Options of `init`. */
export interface InitOptions {
  readonly client?: readonly string[];
  readonly server?: readonly string[];
  readonly subject?: string;
  readonly keepServers: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** Whether every question is answered by `--yes`, or none is reached. */
export const asksNobody = ({ yes, dryRun }: InitOptions): boolean => yes || dryRun;

/** The person pressed Ctrl-C, or ended a question without an answer: nothing more is done. */
export class Stopped extends Error {}

/** Ends between two steps when the person pressed Ctrl-C. @throws Stopped */
export function goOn({ deps }: Cli): void {
  if (deps.signal.aborted) throw new Stopped();
}
