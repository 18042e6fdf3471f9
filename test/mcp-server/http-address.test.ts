import { describe, expect, it } from 'vitest';
import { type Address, addressRules, isAddressed } from '../../src/mcp-server/http-address.ts';

const serves = (address: Address, host: string, origin?: string): boolean =>
  isAddressed(
    { host: [host], ...(origin === undefined ? {} : { origin: [origin] }) },
    addressRules(address),
  );

const PUBLIC: Address = { host: '0.0.0.0', publicUrl: 'https://broker.example:8443/mcp' };
const INSECURE: Address = { host: '0.0.0.0', insecureHttp: true };

describe('addressRules', () => {
  it.each([
    { host: '0.0.0.0' },
    { host: '::' },
    { host: '192.168.1.5' },
    { host: '0.0.0.0', publicUrl: 'http://broker.example' },
    { host: '127.0.0.1', publicUrl: 'nonsense' },
    { host: '127.0.0.1', publicUrl: 'file:///etc' },
  ])('refuses %j', (address) => {
    expect(() => addressRules(address)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
  });

  it.each([{ host: '127.0.0.1' }, { host: '::1' }, { host: 'localhost' }, PUBLIC, INSECURE])(
    'takes %j',
    (address) => {
      expect(() => addressRules(address)).not.toThrow();
    },
  );
});

describe('isAddressed behind a public URL', () => {
  it.each([
    ['broker.example:8443', undefined, true],
    ['Broker.Example:8443', 'https://broker.example:8443', true],
    ['broker.example', undefined, false],
    ['broker.example:8443', 'https://broker.example', false],
    ['broker.example:8443', 'http://broker.example:8443', false],
    ['broker.example:8443', 'http://localhost:3000', false],
    ['evil.example', undefined, false],
  ])('compares name and port of Host %s and Origin %s: %s', (host, origin, expected) => {
    expect(serves(PUBLIC, host, origin)).toBe(expected);
  });
});

describe('isAddressed beyond loopback without a name', () => {
  it.each([
    ['192.168.1.5:7433', true],
    ['[fe80::1]:7433', true],
    ['evil.example:7433', false],
    ['192.168.1.5.evil.example', false],
  ])('serves addresses and no names: %s %s', (host, expected) => {
    expect(serves(INSECURE, host)).toBe(expected);
  });
});
