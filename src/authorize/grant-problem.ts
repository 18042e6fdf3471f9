/** What keeps a grant file from being a grant, with its place. */
export interface GrantProblem {
  readonly file: string;
  /** From 1; 0 when the problem is not in one place. */
  readonly line: number;
  /** From 1, UTF-16 code units; 0 likewise. */
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
  /** `not_enforced`: valid, but this version would ignore it, so it is refused. */
  readonly kind: 'invalid' | 'not_enforced';
}
