import { join } from 'node:path';
import type { Anchor } from '../audit/anchor.ts';
import {
  corrupt,
  type PrivateFileOptions,
  readPrivateFile,
  replacePrivateFile,
} from './private-file.ts';

/**
 * Opens `anchor` of a state directory. A file that does not hold an anchor is an error, not an absent
 * one.
 *
 * Methods throw BrokerError `ERR_STATE_UNSAFE`, `ERR_STORE_CORRUPT`, `ERR_STORE_FAILED`.
 */
export function openAnchorFile({ stateDir, uid, entropy }: PrivateFileOptions) {
  const path = join(stateDir, 'anchor');
  return {
    async read(): Promise<Anchor | undefined> {
      const bytes = readPrivateFile(path, uid);
      if (bytes === undefined) return undefined;
      const anchor = parseAnchor(bytes.toString('utf8'));
      if (anchor === undefined) throw corrupt(path);
      return anchor;
    },
    async write({ epoch, seq, hash }: Anchor): Promise<void> {
      replacePrivateFile(path, `${JSON.stringify({ epoch, seq, hash })}\n`, entropy);
    },
  };
}

function parseAnchor(text: string): Anchor | undefined {
  try {
    const { epoch, seq, hash } = JSON.parse(text);
    const isAnchor =
      Number.isSafeInteger(epoch) && Number.isSafeInteger(seq) && /^[0-9a-f]{64}$/.test(hash);
    return isAnchor ? { epoch, seq, hash } : undefined;
  } catch {
    return undefined;
  }
}
