const MIN_SECRET_CHARS = 6;
/** Shorter parts of a base64 text occur by chance. */
const MIN_BASE64_CHARS = 8;

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
 * Makes a function that replaces secrets in a text: known ones in plain, base64 (either alphabet, at
 * any offset), percent and JSON form, and whatever has the shape of a credential.
 */
export function createScrubber(secrets: Iterable<string>): (text: string) => string {
  const needles = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_CHARS) continue;
    for (const form of formsOf(secret)) needles.add(form);
  }
  // Longest first: a secret that begins another must not leave the other's tail behind.
  const ordered = [...needles].sort((a, b) => b.length - a.length);
  return (text) => {
    let scrubbed = text;
    for (const needle of ordered) {
      if (scrubbed.includes(needle)) scrubbed = scrubbed.replaceAll(needle, '[redacted]');
    }
    for (const shape of SHAPES) scrubbed = scrubbed.replace(shape, '[redacted]');
    return scrubbed.replace(USERINFO, '$1[redacted]@');
  };
}

function formsOf(secret: string): readonly string[] {
  const percent = encodeURIComponent(secret.toWellFormed());
  const json = JSON.stringify(secret).slice(1, -1);
  const forms = [secret, percent, percent.replace(/%../g, (code) => code.toLowerCase()), json];
  const bytes = Buffer.from(secret, 'utf8');
  for (let offset = 0; offset < 3; offset++) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // Characters that also hold bits of the neighbours are left out at both ends.
    const start = Math.ceil((offset * 8) / 6);
    const form = encoded.slice(start, Math.floor(((offset + bytes.length) * 8) / 6));
    if (form.length < MIN_BASE64_CHARS) continue;
    forms.push(form, form.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}
