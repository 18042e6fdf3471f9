import { readFileSync } from 'node:fs';
import type { KeychainAnswer } from '../domain/secret-place.ts';
import type { KeychainQuestion } from './open-keychain.ts';

/** The name all our entries of a keychain go by. */
const SERVICE = 'toolgrant';

/**
 * Intentionally no other store on Linux: without Secret Service the library falls back to the kernel's
 * keyring, which forgets everything at the next start of the machine.
 */
const STORE = { linux: { store: 'secret-service' } } as const;

/** On a server, in a container: nobody runs one. */
const NO_SERVICE =
  /DBUS_SESSION_BUS_ADDRESS|ServiceUnknown|not provided by any|No such file|refused/i;

process.stdout.write(
  JSON.stringify(await answer(JSON.parse(readFileSync(0, 'utf8')) as KeychainQuestion)),
);

async function answer(question: KeychainQuestion): Promise<KeychainAnswer<unknown>> {
  let library: typeof import('@napi-rs/keyring');
  try {
    library = await import('@napi-rs/keyring');
  } catch {
    return { ok: false, why: 'the package @napi-rs/keyring is not installed' };
  }
  const entry = (name: string) => new library.Entry(SERVICE, name, STORE);
  try {
    switch (question.ask) {
      case 'read':
      case 'has': {
        const found = new Map<string, string>();
        for (const name of question.names) {
          const value = entry(name).getPassword();
          if (value !== null) found.set(name, question.ask === 'read' ? value : '');
        }
        return { ok: true, value: Object.fromEntries(found) };
      }
      case 'write':
        entry(question.name).setPassword(question.value);
        return { ok: true, value: true };
      case 'remove':
        return { ok: true, value: entry(question.name).deleteCredential() };
    }
  } catch (error) {
    return { ok: false, why: whyOf(error, question) };
  }
}

function whyOf(error: unknown, question: KeychainQuestion): string {
  const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
  if (NO_SERVICE.test(said)) return 'no Secret Service runs in this session';
  // What was to be written may stand in what the platform says.
  if (question.ask === 'write' || said === '') return 'the platform refuses';
  return said.slice(0, 200);
}
