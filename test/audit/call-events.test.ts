import { describe, expect, it } from 'vitest';
import { cut, requestFields, targetFields } from '../../src/audit/call-events.ts';
import { scrubChosen } from '../../src/audit/chosen-texts.ts';
import { redactArguments } from '../../src/audit/redact.ts';
import type { IncomingRequest } from '../../src/domain/broker.ts';
import type { Json } from '../../src/domain/json.ts';

const TOKENS = [
  'ghp_q7Yw2Zk9Lm4Nx8Vb3Tc6Rd1Sf5Gh0Jp2QaWe',
  'sk-proj-q7Yw2Zk9Lm4Nx8Vb3Tc6Rd1Sf5Gh0J',
  'xoxb-7Yw2Zk9Lm4Nx8Vb3Tc6Rd1Sf5',
  'AKIA4XZ7Q2WLMN8RTB3K',
  'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.q7Yw2Zk9Lm4Nx8Vb3Tc6Rd1Sf5',
  'AIzaSyq7Yw2Zk9Lm4Nx8Vb3Tc6Rd1Sf5Gh0Jp2Q',
  'https://alice:q7Yw2Zk9Lm4Nx8Vb3Tc6@github.com/o/r.git',
  `-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0\n-----END PRIVATE KEY-----`,
];

describe('what an event says of a request', () => {
  it('holds no known secret in what a client chose, and all else as it was', () => {
    const known = ['tulip-tulip-rose'];
    const scrub = <T extends Json>(value: T): T => redactArguments(value, 'full', known) as T;
    const event = {
      code: 'TG1003',
      session: 'ses_1',
      subject: 'tulip-tulip-rose',
      epoch: 7,
    } as const;
    const chosen = {
      requestId: 'tulip-tulip-rose',
      clientInfo: { name: 'x', version: 'tulip-tulip-rose' },
      method: 'tulip-tulip-rose',
      tool: 'read tulip-tulip-rose',
    };
    expect(scrubChosen({ ...event, ...chosen }, scrub)).toEqual({
      ...event,
      requestId: '[redacted:known]',
      clientInfo: { name: 'x', version: '[redacted:known]' },
      method: '[redacted:known]',
      tool: 'read [redacted:known]',
    });
    expect(scrubChosen(event, scrub)).toEqual(event);
  });

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
    for (let at = 8; at + 10 <= Math.min(token.length, 40); at += 10) {
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
