import { describe, expect, it } from 'vitest';
import { cut, requestFields, targetFields } from '../../src/audit/call-events.ts';
import type { IncomingRequest } from '../../src/domain/broker.ts';

const TOKENS = [
  'ghp_q7Yw2Zk9Lm4Nx8Vb3Tc6Rd1Sf5Gh0Jp2QaWe',
  'sk-proj-q7Yw2Zk9Lm4Nx8Vb3Tc6Rd1Sf5Gh0J',
  'xoxb-7Yw2Zk9Lm4Nx8Vb3Tc6Rd1Sf5',
  'AKIA4XZ7Q2WLMN8RTB3K',
  'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.q7Yw2Zk9Lm4Nx8Vb3Tc6Rd1Sf5',
  'AIzaSyq7Yw2Zk9Lm4Nx8Vb3Tc6Rd1Sf5Gh0Jp2Q',
  `-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0\n-----END PRIVATE KEY-----`,
];

describe('what an event says of a request', () => {
  it.each(TOKENS)('holds no token, whatever it is said to be: %s', (token) => {
    const incoming = {
      principal: { sessionId: 'ses_1', subject: 'alice' },
      origin: { transport: 'stdio' },
      revision: token,
      request: { id: `id-${token}`, method: token },
      clientInfo: { name: token, version: `1.0 ${token}` },
    } as unknown as IncomingRequest;
    const said = JSON.stringify([
      requestFields(incoming),
      targetFields({ kind: 'tool', server: 's', tool: `read ${token}` }),
      targetFields({ kind: 'prompt', server: 's', prompt: token }),
      targetFields({ kind: 'template', server: 's', template: `x://{${token}}` }),
      targetFields({ kind: 'resource', server: 's', uri: `x://h/${token}` }),
      cut(`${'method/'.repeat(35)}${token}`),
    ]);
    for (let at = 8; at + 10 <= token.length; at += 10) {
      expect(said).not.toContain(JSON.stringify(token.slice(at, at + 10)).slice(1, -1));
    }
  });

  it.each([
    'gha_list_workflow_runs_now',
    'glob-search-files-by-name',
    'ops_list_all_running_incidents',
    'false_positive_rate_of_the_detector',
    'api_reference-of-everything-there-is',
    'secret_scanning_list_alerts',
    'npm_install_all_the_dependencies',
    '0b8f6a0e-6d5e-4a51-9a55-1f2f3f4f5f6f',
    'claude-ai (via mcp-remote 0.1.18)',
    'token=1234567890123456',
  ])('keeps a name that is none: %s', (name) => {
    expect(cut(name)).toBe(name);
  });
});
