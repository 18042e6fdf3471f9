import type { AuditEvent } from '../domain/event.ts';
import { member } from '../domain/json.ts';
import { MAIN_CHAIN } from './chain.ts';
import { isLogStartSignedBy, type LogStart } from './log-start.ts';
import type { VerifyOptions } from './verify.ts';

/**
 * Whether events that are gone were removed on purpose: a signed statement says so, and an event of the
 * log that is left. Attack: whoever can write the database, and has no key, removes its oldest events.
 */
export class StartCheck {
  readonly #start: LogStart | undefined;
  readonly #report: (seq: number, message: string) => void;
  #isRecorded = false;

  constructor(
    start: LogStart | undefined,
    { publicKey }: Pick<VerifyOptions, 'publicKey'>,
    report: (seq: number, message: string) => void,
  ) {
    this.#start = start;
    this.#report = report;
    if (start === undefined) return;
    const key = publicKey(start.kid);
    if (key === undefined) report(start.seq, 'what says that it was removed has an unknown key');
    else if (start.chain !== MAIN_CHAIN || !isLogStartSignedBy(start, key)) {
      report(start.seq, 'the signature of what says that it was removed is not valid');
    }
  }

  take({ code, detail }: AuditEvent): void {
    if (code !== 'TG6005' || this.#start === undefined) return;
    const { seq, hash } = this.#start;
    if (member(detail, 'to') === seq && member(detail, 'hash') === hash) this.#isRecorded = true;
  }

  /** After the last event. */
  end(): void {
    if (this.#start === undefined || this.#isRecorded) return;
    this.#report(this.#start.seq, 'it was removed, and no event says so');
  }
}
