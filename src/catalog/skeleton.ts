/**
 * What a name looks like at a glance: names with one skeleton are taken for each other. Case,
 * separators and accents are dropped; `l`, `I`, `i`, `1` and `|` are one, as are `O` and `0`, `rn` and
 * `m`, `vv` and `w`. Letters of other scripts stay: a name that has them is refused for its form.
 *
 * Attack: a tool server offers `read_fi1e` beside another one's `read_file`.
 */
export const skeleton = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}|]/gu, '')
    .replace(/[il1|]/g, 'l')
    .replaceAll('0', 'o')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
