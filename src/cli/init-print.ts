import { dirname, join } from 'node:path';
import { entryText, newServers, type PlannedServer } from '../admin/init-plan.ts';
import type { InitConfig } from '../admin/init-ports.ts';
import type { Cli } from './cli.ts';
import { count } from './init-approval-face.ts';
import type { InitResult } from './init-json.ts';
import { shellWord } from './shell-words.ts';

/**
 * Shows what is added to the configuration. Values of variables and headers are left out, whether or
 * not they were recognised as secrets.
 */
export function printImport(cli: Cli, config: InitConfig, plan: readonly PlannedServer[]): void {
  const added = newServers(plan);
  if (added.length === 0) return;
  cli.print.lines(`${config.path}${config.text === undefined ? ' (new)' : ''}`);
  for (const server of added) {
    const shown = JSON.stringify({ [server.name]: blotted(server) }, null, 2);
    cli.print.lines(
      ...shown
        .split('\n')
        .slice(1, -1)
        .map((line) => `+ ${line.slice(2)}`),
    );
    if (server.problem !== undefined) cli.print.note(`  switched off: ${server.problem}`);
  }
}

function blotted(server: PlannedServer): object {
  const references = server.secrets.map(({ name }) => `\${…${name}}`);
  const entry: object = entryText(server, references);
  const hide = (record: object) =>
    Object.fromEntries(
      Object.entries(record).map(([key, value]) => [
        key,
        String(value).includes('${') ? value : '…',
      ]),
    );
  return {
    ...entry,
    ...('env' in entry ? { env: hide(entry.env as object) } : {}),
    ...('headers' in entry ? { headers: hide(entry.headers as object) } : {}),
  };
}

/** What was reached, what was not, and two calls to try. */
export function printTry(cli: Cli, result: InitResult): void {
  const { print } = cli;
  for (const { server, state, tools, heldBack, problem } of result.servers) {
    if (state === 'failed')
      print.warning(`${server} is left out: ${problem ?? 'it did not start'}`);
    else if (state === 'declined') print.note(`${server}: not approved, so nobody can call it`);
    else {
      const held = heldBack.length === 0 ? '' : `, ${heldBack.length} held back`;
      print.lines(`${server}: ${count(tools, 'tool')} approved${held}`);
    }
  }
  for (const { name, problem } of result.plan) {
    const isStarted = result.servers.some(({ server }) => server === name);
    if (!isStarted && problem !== undefined) print.warning(`${name} is left out: ${problem}`);
  }
  const leftOut = [...new Set(result.plan.map(({ name }) => name))].filter((name) =>
    isLeftOut(result, name),
  );
  for (const name of leftOut) {
    print.note(
      `hint: to add ${name} later, mend its entry in ${result.configPath}, take \`disabled\` out of it, then \`toolgrant tools approve ${shellWord(name)}\``,
    );
  }
  const places = [...result.kept.values()];
  const inKeychain = places.filter((place) => place === 'keychain').length;
  const inFiles = places.length - inKeychain;
  if (inKeychain > 0) print.lines(`${count(inKeychain, 'secret')} in the keychain`);
  if (inFiles > 0) {
    print.lines(`${count(inFiles, 'secret')} in ${join(dirname(result.configPath), 'secrets')}`);
  }
  for (const one of result.clients) {
    const { title, path, needsRestart } = one.client;
    if (one.state === 'failed') print.warning(`${title} is not connected: ${one.problem ?? path}`);
    else if (one.state === 'declined') print.note(`${title} is as it was`);
    else {
      print.lines(`${title}: connected (${path})`);
      if (one.movedOut.length > 0) print.lines(`  taken out: ${one.movedOut.join(', ')}`);
      if (one.state === 'connected') print.note(`  ${needsRestart}`);
    }
    if (one.besides.length > 0) {
      print.warning(`${title} can still reach ${one.besides.join(', ')} without the broker`);
    }
  }
  const { allowed, refused, allow } = result.toTry;
  if (allowed !== undefined) {
    print.note('try a call that is allowed:');
    print.next(allowed);
  }
  if (refused !== undefined) {
    print.note('one that is refused, and what would permit it:');
    print.next(refused);
    if (allow !== undefined && allow.length > 0) print.next(allow);
  }
  if (result.clients.some(({ state }) => state === 'connected')) {
    print.note('`toolgrant disconnect --all` brings every client back to what it was');
  }
}

const isLeftOut = ({ servers }: InitResult, name: string): boolean => {
  const started = servers.find(({ server }) => server === name);
  return started === undefined || started.state === 'failed';
};
