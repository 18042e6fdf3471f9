/** URIs as somebody may write them, each with its normal form, written down by hand; `undefined`: none. */
export const URIS: ReadonlyMap<string, string | undefined> = new Map([
  ['file:///a/b', 'file:///a/b'],
  ['FILE:///a/b', 'file:///a/b'],
  ['file:/a/b', 'file:///a/b'],
  ['file:///a/./b', 'file:///a/b'],
  ['file:///a/c/%2e%2e/b', 'file:///a/b'],
  ['file:///%61/b', 'file:///a/b'],
  ['file:///a/../b', 'file:///b'],
  ['file:///a/../../b', undefined],
  ['file:///a/..%2fb', undefined],
  ['file:///a//b', undefined],
  ['file:///a/b/', 'file:///a/b/'],
  ['file:///A/b', 'file:///A/b'],
  ['file:///a/b#c', undefined],
  ['file:///a/caf\u{e9}', 'file:///a/caf%C3%A9'],
  ['file:///a/b c', 'file:///a/b%20c'],
  ['docs://h/a?q', 'docs://h/a?q'],
  ['docs://h/a', 'docs://h/a'],
  ['docs://h/a/?q=/b', 'docs://h/a/?q=/b'],
  ['docs://H/a', 'docs://h/a'],
  ['docs://h', 'docs://h'],
  ['docs://../a', undefined],
  ['http://h:80', 'http://h/'],
  ['http://h/', 'http://h/'],
  ['note:a/b', 'note:a/b'],
  ['note:a/../b', undefined],
  ['read', undefined],
  ['', undefined],
]);

/**
 * Resource templates, each with a glob for what it may expand to, normalised, written down by hand;
 * `undefined`: nothing that has a normal form.
 */
export const TEMPLATES: ReadonlyMap<string, string | undefined> = new Map([
  ['file:///{path}', 'file:///**'],
  ['file:///a/{name}', 'file:///a/**'],
  ['FILE:///a/./{name}/b', 'file:///a/**/b'],
  ['file:///{a}/{b}', 'file:///**/**'],
  ['docs://h/a{x}', 'docs://h/a**'],
  ['docs://{host}/a', 'docs://**/a'],
  ['http://h:{port}/', 'http://h:**/'],
  ['{+uri}', '**'],
  ['note:a/b', 'note:a/b'],
  ['file:///a/../../{b}', undefined],
  ['file:///a%2F{b}', undefined],
  ['file:///{a', undefined],
  ['', undefined],
]);
