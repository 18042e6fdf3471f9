import type { Keychain, SecretFiles, SecretPlace } from '../../../src/domain/secret-place.ts';

/** A keychain and files in memory, in reach of the test. */
export interface FakeSecrets extends SecretPlace {
  readonly held: Map<string, string>;
  readonly filed: Map<string, string>;
  /** Questions the keychain was asked. */
  readonly asked: string[];
}

/** Makes secrets in memory. With `why` the keychain cannot be asked, for that reason. */
export function fakeSecrets(options: { readonly why?: string } = {}): FakeSecrets {
  const { why } = options;
  const held = new Map<string, string>();
  const filed = new Map<string, string>();
  const asked: string[] = [];
  const answer = <T>(question: string, value: () => T) => {
    asked.push(question);
    return why === undefined
      ? ({ ok: true, value: value() } as const)
      : ({ ok: false, why } as const);
  };
  const keychain: Keychain = {
    read: (names) =>
      answer(
        `read ${names.join(' ')}`,
        () => new Map([...held].filter(([name]) => names.includes(name))),
      ),
    has: (names) =>
      answer(`has ${names.join(' ')}`, () => new Set(names.filter((name) => held.has(name)))),
    write: (name, value) =>
      answer(`write ${name}`, () => {
        held.set(name, value);
        return true as const;
      }),
    remove: (name) => answer(`remove ${name}`, () => held.delete(name)),
  };
  const files: SecretFiles = {
    names: () => [...filed.keys()].sort(),
    pathOf: (name) => `/conf/secrets/${name}`,
    read: (name) => filed.get(name),
    write: (name, value) => void filed.set(name, value),
    remove: (name) => filed.delete(name),
  };
  return { keychain, files, held, filed, asked };
}
