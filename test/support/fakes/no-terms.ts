/** The `--json` shape of a rule that asks nothing besides. */
export const NO_TERMS = {
  when: null,
  hours: null,
  limit: null,
  approval: null,
  waitSeconds: null,
  maxResultBytes: null,
  flow: null,
  trialUntil: null,
} as const;
