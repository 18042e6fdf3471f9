/** One word as a POSIX shell reads it back: quoted only when it must be. */
export const shellWord = (word: string): string =>
  /^[A-Za-z0-9_/:=.,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** A command that can be pasted into a shell, as the person invoked us. */
export const commandLine = (invokedAs: string, words: readonly string[]): string =>
  [invokedAs, ...words.map(shellWord)].join(' ');

/** Rewrites commands inside a hint, which rooms write as `` `toolgrant …` ``, as the person invoked us. */
export const asInvoked = (text: string, invokedAs: string): string =>
  text.replace(
    /(^|[`'"(]|: )toolgrant (?=[a-z-])/g,
    (_, before: string) => `${before}${invokedAs} `,
  );
