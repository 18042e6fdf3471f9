// The licences of what a bundle holds of others: each asks that its notice goes where its code goes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What may be in our code: licences that ask for a notice, and for nothing else. */
const TAKEN = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

const RULE = '-'.repeat(80);

/** The folder of the package a file is in; `undefined` for our own. */
function packageOf(file) {
  const at = file.lastIndexOf(`node_modules`);
  if (at === -1) return undefined;
  for (let folder = dirname(file); folder.length > at; folder = dirname(folder)) {
    // A package may hold further package.json files, which say how to read a folder and no more.
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name !== undefined) {
      return folder;
    }
  }
  throw new Error(`no package for ${file}`);
}

/**
 * The text of all notices, by package.
 *
 * @param modules the files of the bundle, absolute.
 * @throws where a package has no licence text, or one that asks for more than a notice.
 */
export function noticesOf(modules) {
  const folders = [...new Set(modules.map(packageOf))].filter((folder) => folder !== undefined);
  const notices = folders.map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    if (!TAKEN.has(license)) throw new Error(`${name} is under ${license}`);
    const texts = readdirSync(folder)
      .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
      .sort()
      .map((file) => readFileSync(join(folder, file), 'utf8').trim());
    if (texts.length === 0) throw new Error(`${name} has no licence text`);
    return { name, text: [`${name} ${version} (${license})`, ...texts].join('\n\n') };
  });
  const sorted = notices.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const head = 'Toolgrant (dist/) holds code of these packages, under their own licences.';
  return `${[head, ...sorted.map(({ text }) => text)].join(`\n\n${RULE}\n\n`)}\n`;
}
