// S31: secrets of every form through arguments, results, headers and environments of the built broker.
import { seedSecrets } from '../../test/support/live/seeded-secrets.ts';

const PART = 'secrets';

/** Sends so many secrets and counts those of which a part stayed anywhere. */
export async function seededSecrets(figure, { secrets }) {
  const sent = await seedSecrets(secrets);
  const calls = sent.events.filter(({ code }) => code === 'TG1001').length;
  figure(PART, 'secrets sent', sent.secrets.length);
  figure(PART, 'secrets not seen when they are there', missing(sent));
  figure(PART, 'calls in the log', calls);
  figure(PART, 'secrets in the log', sent.found(JSON.stringify(sent.events)).length, 0);
  figure(
    PART,
    'secrets that the command line printed',
    sent.found(sent.printed.join('\n')).length,
    0,
  );
  figure(PART, 'secrets in log lines', sent.found(sent.logged).length, 0);
  const inFiles = [...sent.files.values()].flatMap((text) => sent.found(text));
  figure(PART, 'secrets in files of the state', inFiles.length, 0);
  for (const secret of inFiles.slice(0, 5)) console.log(secret);
  await sent.remove();
}

/** Chance puts a sign in the middle of a few, so that no part of them tells them. */
const missing = ({ secrets, found }) =>
  new Set(secrets).size - found(secrets.join('\n')).filter((one) => secrets.includes(one)).length;
