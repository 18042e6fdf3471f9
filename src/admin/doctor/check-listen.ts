import type { Facts } from './facts.ts';
import { type Finding, findingsOf } from './finding.ts';

const found = findingsOf('listen');

/** An address that `serve` takes. */
interface Wanted {
  /** Where the configuration has it. */
  readonly key: 'listen' | 'admin.listen';
  readonly host: string;
  readonly port: number;
}

/** Whether `serve` could listen where it is told to. */
export async function checkListen(facts: Facts): Promise<readonly Finding[]> {
  const { config } = facts.context.settings;
  if (config === undefined) return [];
  const { listen, admin } = config;
  return [
    ...(isOpen(listen) && config.publicUrl === undefined ? [openFinding(listen)] : []),
    ...(await look(facts, { key: 'listen', ...listen })),
    ...(admin === undefined ? [] : await look(facts, { key: 'admin.listen', ...admin })),
  ];
}

const whereOf = ({ host, port }: Pick<Wanted, 'host' | 'port'>): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

const isOpen = ({ host }: Pick<Wanted, 'host'>): boolean =>
  !(host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host));

const openFinding = (listen: Pick<Wanted, 'host' | 'port'>): Finding =>
  found(
    'warning',
    'listen_open',
    'is reachable from other machines, and no publicUrl says that there is TLS',
    whereOf(listen),
    'set publicUrl to an https address that leads here, or listen on 127.0.0.1',
  );

async function look(facts: Facts, wanted: Wanted): Promise<readonly Finding[]> {
  const { key, host, port } = wanted;
  const where = whereOf(wanted);
  if (port === 0) return [found('ok', 'listen', 'any free port is taken', where)];
  const elsewhere = `change \`${key}\` in the configuration, or end the program that is there`;
  switch (await facts.context.lookAtAddress(host, port)) {
    case 'free':
      return [found('ok', 'listen', 'is free', where)];
    case 'taken':
      return [
        (await someBrokerRuns(facts))
          ? found('ok', 'listen', 'is in use, and a broker of this state runs', where)
          : found('warning', 'listen_taken', 'another program is there', where, elsewhere),
      ];
    case 'forbidden':
      return [
        found('warning', 'listen_forbidden', 'this user may not listen there', where, elsewhere),
      ];
    case 'absent':
      return [found('warning', 'listen_absent', 'is no address of this machine', where, elsewhere)];
  }
}

async function someBrokerRuns({ context, state }: Facts): Promise<boolean> {
  const stores = state?.ok ? state.value?.stores : undefined;
  for (const broker of (await stores?.brokers.list()) ?? []) {
    if (await context.isAlive(broker)) return true;
  }
  return false;
}
