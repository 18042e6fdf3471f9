/** Opens a state as another user and prints the error's code: `open-worker.ts <stateDir> <uid>`. */
import { openTestStores } from './test-stores.ts';

const [stateDir = '', uid = ''] = process.argv.slice(2);
process.setuid?.(Number(uid));
try {
  (await openTestStores(stateDir)).close();
  process.stdout.write('opened');
} catch (error) {
  process.stdout.write(String((error as { code?: string }).code));
}
