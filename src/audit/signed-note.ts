import { hash } from 'node:crypto';
import type { Checkpoint } from '../domain/event.ts';

/** What a checkpoint states, before it is signed. */
export type ChainHead = Omit<Checkpoint, 'kid' | 'signature'>;

/** Signature type of Ed25519 in a signed note. */
const ED25519 = 1;
const HASH = /^[0-9a-f]{64}$/;
const NAME = /^[\w.:/-]{1,128}$/;

/** The log's name in its checkpoints, and the name of the key that signs them. */
const originOf = (chain: string, kid: string): string => `toolgrant/${chain}/${kid}`;

/**
 * The text a checkpoint's signature covers: a C2SP checkpoint (`c2sp.org/tlog-checkpoint`) whose size is
 * the sequence number, and whose root is the hash of that event, the head of a chain and no Merkle
 * tree. One line of extension: the event's time.
 *
 * @returns `undefined` for a head that has no such text: it could be read as another one's.
 */
export function noteText(head: ChainHead, kid: string): string | undefined {
  const { chain, seq, at } = head;
  const origin = originOf(chain, kid);
  if (!HASH.test(head.hash) || !NAME.test(origin)) return undefined;
  if (!(Number.isSafeInteger(seq) && seq > 0 && Number.isSafeInteger(at) && at >= 0)) {
    return undefined;
  }
  const root = Buffer.from(head.hash, 'hex').toString('base64');
  return `${origin}\n${seq}\n${root}\nat ${at}\n`;
}

/** A checkpoint as a signed note (`c2sp.org/signed-note`). @returns `undefined` as `noteText`. */
export function formatNote(
  checkpoint: Checkpoint,
  publicJwk: Readonly<Record<string, string>>,
): string | undefined {
  const text = noteText(checkpoint, checkpoint.kid);
  if (text === undefined) return undefined;
  const origin = originOf(checkpoint.chain, checkpoint.kid);
  const key = rawKey(publicJwk);
  const signature = Buffer.from(checkpoint.signature, 'base64url');
  const signed = Buffer.concat([keyHash(origin, key), signature]).toString('base64');
  return `${text}\n— ${origin} ${signed}\n`;
}

/** The verifier key for the notes of a key: `<name>+<hash>+<key>`, as other programs take it. */
export function verifierKey(
  chain: string,
  key: { readonly kid: string; readonly publicJwk: Readonly<Record<string, string>> },
): string {
  const origin = originOf(chain, key.kid);
  const raw = rawKey(key.publicJwk);
  const typed = Buffer.concat([Buffer.of(ED25519), raw]).toString('base64');
  return `${origin}+${keyHash(origin, raw).toString('hex')}+${typed}`;
}

const NOTE =
  /^toolgrant\/([\w.-]+)\/([\w-]+)\n([1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\nat (\d{1,16})\n\n((?:— \S+ [A-Za-z0-9+/=]+\n){1,100})/gm;

/**
 * Reads the notes in a text, whatever stands between them: one after another in a file, or lines of a
 * log. Of the signatures of a note, a hundred at most, only its log's own is kept; witnesses' are for
 * others to check.
 */
export function parseNotes(text: string): readonly Checkpoint[] {
  const found: Checkpoint[] = [];
  for (const [, chain = '', kid = '', seq, root = '', at, lines = ''] of text.matchAll(NOTE)) {
    const own = lines.split('\n').find((line) => line.startsWith(`— ${originOf(chain, kid)} `));
    const bytes = Buffer.from(own?.split(' ')[2] ?? '', 'base64');
    found.push({
      chain,
      seq: Number(seq),
      hash: Buffer.from(root, 'base64').toString('hex'),
      at: Number(at),
      kid,
      signature: bytes.subarray(4).toString('base64url'),
    });
  }
  return found;
}

const rawKey = ({ x = '' }: Readonly<Record<string, string>>): Buffer =>
  Buffer.from(x, 'base64url');

const keyHash = (name: string, key: Buffer): Buffer =>
  hash(
    'sha256',
    Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), key]),
    'buffer',
  ).subarray(0, 4);
