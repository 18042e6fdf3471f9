import { knownForms, replaceKnown } from '../domain/known-secrets.ts';

/** What credentials look like when nobody said that they are one. None of these backtracks. */
const SHAPES: readonly RegExp[] = [
  /eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}/g,
  /\b(?:Bearer|Basic|DPoP)\s+[A-Za-z0-9._~+/=-]{6,}/gi,
  /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|sk-|sk_live_|rk_live_|xox[a-z]-|hf_|pypi-)[A-Za-z0-9_-]{8,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /\bAIza[A-Za-z0-9_-]{20,}/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*/g,
];

/** `scheme://user:password@host` */
const USERINFO = /(:\/\/)[^\s/@?#]{1,256}@/g;

/**
 * Makes a function that replaces secrets in a text: known ones in every form (`secretForms`), and
 * whatever has the shape of a credential.
 */
export function createScrubber(secrets: Iterable<string>): (text: string) => string {
  const forms = knownForms([...secrets]);
  return (text) => {
    let scrubbed = replaceKnown(text, forms);
    for (const shape of SHAPES) scrubbed = scrubbed.replace(shape, '[redacted]');
    return scrubbed.replace(USERINFO, '$1[redacted]@');
  };
}
