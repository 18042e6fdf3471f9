import { describe, expect, it } from 'vitest';
import { MAX_URI_LENGTH, normaliseUri } from '../../src/authorize/normalise-uri.ts';

describe('a URI in its normal form', () => {
  it.each([
    ['file:///home/alice/notes.txt', 'file:///home/alice/notes.txt'],
    // Case of scheme, host and percent-encoding; not of the rest.
    ['FILE:///Home/Alice', 'file:///Home/Alice'],
    ['HTTPS://Example.COM/Path?Query', 'https://example.com/Path?Query'],
    ['x://h/%c3%bc', 'x://h/%C3%BC'],
    // Unreserved characters are never percent-encoded.
    ['file:///a%2Db%2e%5F%7e%41', 'file:///a-b._~A'],
    ['https://ex%61mple.com/', 'https://example.com/'],
    // Delimiters that mean nothing in a path are not either: servers decode them.
    ['docs://h/a%2Cb%40c%3A%3B', 'docs://h/a,b@c:;'],
    // In a query they do mean something.
    ['https://h/?a%26b=%3D%2F', 'https://h/?a%26b=%3D%2F'],
    // What a URI cannot hold is percent-encoded UTF-8.
    ['file:///My Docs/caf\u{e9}.txt', 'file:///My%20Docs/caf%C3%A9.txt'],
    ['file:///a"b<c>d^e`f|g[h]', 'file:///a%22b%3Cc%3Ed%5Ee%60f%7Cg%5Bh%5D'],
    ['file:///\u{1f527}', 'file:///%F0%9F%94%A7'],
    // Dot segments.
    ['file:///a/./b/../c', 'file:///a/c'],
    ['file:///a/%2e/b/%2E%2e/c', 'file:///a/c'],
    ['file:///a/b/..', 'file:///a/'],
    ['file:///a/b/.', 'file:///a/b/'],
    ['file:///home/alice/project/../../etc/passwd', 'file:///home/etc/passwd'],
    ['file:///a/...', 'file:///a/...'],
    ['file:///a/..b/.c', 'file:///a/..b/.c'],
    // Files of this machine.
    ['file://localhost/etc/hosts', 'file:///etc/hosts'],
    ['file:/etc/hosts', 'file:///etc/hosts'],
    // Ports and empty paths.
    ['http://h:80', 'http://h/'],
    ['https://h:443/a', 'https://h/a'],
    ['https://h:/a', 'https://h/a'],
    ['https://h:80/a', 'https://h:80/a'],
    ['postgres://me@DB:5432/shop/orders/schema', 'postgres://me@db:5432/shop/orders/schema'],
    ['http://[::1]:8080/', 'http://[::1]:8080/'],
    // Schemes of servers' own.
    ['demo://resource', 'demo://resource'],
    ['memo:///', 'memo:///'],
    ['greeting://Jos%C3%A9', 'greeting://jos%C3%A9'],
    ['note:inbox/1', 'note:inbox/1'],
    ['urn:isbn:0451450523', 'urn:isbn:0451450523'],
    ['test+x.y-z:a?b', 'test+x.y-z:a?b'],
  ])('of %j is %j', (uri, normal) => {
    expect(normaliseUri(uri)).toBe(normal);
  });

  it.each([
    // More than one reading of the path.
    ['an encoded slash', 'file:///home/alice/project/..%2f..%2fetc/passwd'],
    ['an encoded slash on its own', 'file:///a%2Fb'],
    ['a step above the root', 'file:///../etc/passwd'],
    ['a step out of what a server takes for the first folder', 'docs://alice/../bob/secret'],
    ['a host that is a step', 'docs://../secret'],
    ['a host that is an encoded step', 'docs://%2e%2e/secret'],
    ['a step in a path without a root', 'note:inbox/../secret'],
    ['a doubled slash', 'file:///home/alice//etc'],
    ['a doubled slash before a step', 'file:///home/alice/project//../secret'],
    ['a doubled slash at the root', 'file:////etc/passwd'],
    ['a step with parameters', 'file:///a/..;x/b'],
    ['a name that is all parameters', 'file:///a/;x/../b'],
    ['a name of spaces', 'file:///a/%20/../b'],
    ['a step in a query', 'docs://h/a?/../../b'],
    ['a step as the value in a query', 'docs://h/a?file=%2e%2e/b'],
    // Decoded once more.
    ['steps encoded twice', 'file:///a/%252e%252e/b'],
    ['a percent sign and two hex digits', 'file:///a%2541'],
    ['a percent sign made of parts', 'file:///a%25%34%31'],
    ['a full-width percent sign', 'file:///a/\u{ff05}2e\u{ff05}2e/b'],
    // Characters.
    ['NUL', 'file:///a%00.txt'],
    ['a line feed', 'file:///a%0Ab'],
    ['a raw line feed', 'file:///a\nb'],
    ['C1 controls', 'file:///a%C2%85'],
    ['DEL', 'file:///a\u{7f}'],
    ['a backslash', 'file:///a\\..\\b'],
    ['an encoded backslash', 'file:///a%5c..%5cb'],
    ['a fraction slash', 'file:///a/..\u{2044}b'],
    ['a division slash', 'file:///a/..%E2%88%95b'],
    ['a full-width slash', 'file:///a/..\u{ff0f}b'],
    ['full-width stops', 'file:///a/\u{ff0e}\u{ff0e}/b'],
    ['a two-dot leader', 'file:///a/\u{2025}/b'],
    ['a step with a joiner in it', 'file:///a/.\u{200d}./b'],
    ['a step with a space behind it', 'file:///a/..%20/b'],
    ['an account-of sign', 'file:///a\u{2100}b'],
    ['overlong UTF-8', 'file:///a/%c0%ae%c0%ae/b'],
    ['half a code point', 'file:///a%C3'],
    ['half a surrogate pair', 'file:///a\u{d800}'],
    ['a percent sign that encodes nothing', 'file:///100%'],
    ['a percent sign before no hex digits', 'file:///%zz'],
    ['a space in front', ' file:///a'],
    ['a space behind', 'file:///a '],
    ['a no-break space behind', 'file:///a\u{a0}'],
    // Authorities.
    ['a file of another machine', 'file://server/share'],
    ['a file with a port', 'file://localhost:80/a'],
    ['a file with an empty port', 'file://:/a'],
    ['a file with a user', 'file://me@localhost/a'],
    ['a file with a query', 'file:///etc/passwd?x'],
    ['two users', 'https://good@evil@h/'],
    ['an empty user', 'https://@h/'],
    ['an empty password', 'https://me:@h/'],
    ['an encoded @', 'https://good%40evil/'],
    ['an encoded slash in the host', 'https://good%2f.evil/'],
    ['an encoded colon in the host', 'https://h%3a80/'],
    ['a port that is none', 'https://h:port/'],
    ['a port beyond the last', 'https://h:65536/'],
    ['a port with a nought in front', 'https://h:0443/'],
    ['no host on the web', 'https:///a'],
    ['no authority on the web', 'https:example.com'],
    ['a host with a stop behind it', 'https://example.com./'],
    ['an address in short', 'http://127.1/'],
    ['an address as one number', 'http://2130706433/'],
    ['an address in octal', 'http://0177.0.0.1/'],
    ['an address written long', 'http://[0:0:0:0:0:0:0:1]/'],
    ['a host to be mapped', 'https://ex\u{e4}mple.com/'],
    ['a bracket that never closes', 'https://[::1/'],
    // What is no URI to read.
    ['a fragment', 'https://h/a#b'],
    ['an empty fragment', 'file:///etc/passwd#'],
    ['a template', 'file:///{path}'],
    ['a brace in the query', 'https://h/?{a}'],
    ['a path', '/etc/passwd'],
    ['a drive', 'C:\\Windows'],
    ['a word', 'notes'],
    ['nothing', ''],
    ['a scheme', 'note:'],
    ['a file without a path', 'file:notes'],
    ['no scheme', '://h/a'],
    ['a scheme that begins with a digit', '1a://h'],
  ])('is not there for %s', (_what, uri) => {
    expect(normaliseUri(uri)).toBeUndefined();
  });

  it('is not there for one that is too long, as it is or once normal', () => {
    const fill = (length: number, character: string) =>
      `file:///${character.repeat(length - 'file:///'.length)}`;
    expect(normaliseUri(fill(MAX_URI_LENGTH, 'a'))).toHaveLength(MAX_URI_LENGTH);
    expect(normaliseUri(fill(MAX_URI_LENGTH + 1, 'a'))).toBeUndefined();
    expect(normaliseUri(fill(MAX_URI_LENGTH, ' x'))).toBeUndefined();
    expect(normaliseUri(fill(1_000, '\u{e9}'))).toBeUndefined();
  });
});
