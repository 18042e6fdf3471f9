import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  LOG_LEVEL_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  SERVER_INFO_META_KEY,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/core/internal';
import { describe, expect, it } from 'vitest';
import {
  ENVELOPE_KEYS,
  REVISION_2025,
  REVISION_2026,
  REVISIONS_2025,
  SERVER_INFO_KEY,
} from '../../src/domain/era.ts';

describe('the words of the protocol', () => {
  it('are the SDK’s own', () => {
    expect(ENVELOPE_KEYS).toEqual({
      protocolVersion: PROTOCOL_VERSION_META_KEY,
      clientInfo: CLIENT_INFO_META_KEY,
      clientCapabilities: CLIENT_CAPABILITIES_META_KEY,
      logLevel: LOG_LEVEL_META_KEY,
    });
    expect(SERVER_INFO_KEY).toBe(SERVER_INFO_META_KEY);
  });

  it('name revisions the SDK speaks, newest first', () => {
    const known = SUPPORTED_PROTOCOL_VERSIONS.filter((revision) => revision !== REVISION_2026);
    expect(known).toEqual(expect.arrayContaining([...REVISIONS_2025]));
    expect([...REVISIONS_2025].sort().reverse()).toEqual(REVISIONS_2025);
    expect(REVISIONS_2025[0]).toBe(REVISION_2025);
  });
});
