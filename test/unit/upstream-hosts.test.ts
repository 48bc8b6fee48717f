/**
 * Goal: no address is ever asked that the settings do not name, and no redirect leads there either.
 * Method: tables of addresses and hops, without a network.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedUrl, hostRules, isLoopback, mayBeAsked } from '../../src/upstream/hosts.ts';
import { REDIRECTS_MAX, redirectTarget } from '../../src/upstream/redirects.ts';
import { openUpstream } from '../support/upstream-kit.ts';

const rulesFor = (url: string, fileHosts: string[] = [], allowHttp = false) =>
  hostRules({ url, fileHosts, allowHttp });

test('the hosts that may be asked are the upstream itself, PyPI’s file host for PyPI, and the named ones', () => {
  const cases: [rules: ReturnType<typeof rulesFor>, url: string, allowed: boolean][] = [
    [rulesFor('https://pypi.org'), 'https://pypi.org/simple/', true],
    [rulesFor('https://pypi.org'), 'https://files.pythonhosted.org/packages/a', true],
    [rulesFor('https://pypi.org'), 'https://files.pythonhosted.org:8443/packages/a', false],
    [rulesFor('https://pypi.org'), 'https://test-files.pythonhosted.org/a', false],
    [rulesFor('https://test.pypi.org'), 'https://test-files.pythonhosted.org/a', true],
    [rulesFor('https://test.pypi.org'), 'https://files.pythonhosted.org/a', false],
    [rulesFor('https://pypi.org'), 'https://pypi.org.example/', false],
    [rulesFor('https://pypi.org'), 'https://pypi.org:444/', false],
    [rulesFor('https://pypi.org'), 'http://pypi.org/', false],
    [rulesFor('https://pypi.org'), 'file:///etc/passwd', false],
    [rulesFor('https://index.example'), 'https://files.pythonhosted.org/a', false],
    [rulesFor('https://index.example', ['files.example']), 'https://FILES.example/a', true],
    [rulesFor('https://index.example', ['Files.Example']), 'https://files.example:8443/a', true],
    [rulesFor('https://index.example', ['files.example:8443']), 'https://files.example:8443/a', true],
    [rulesFor('https://index.example', ['files.example:8443']), 'https://files.example/a', false],
    [rulesFor('https://index.example', ['files.example']), 'http://files.example/a', false],
    [rulesFor('https://index.example', ['files.example'], true), 'http://files.example/a', true],
    [rulesFor('https://index.example', ['::1']), 'http://[::1]:8080/a', true],
    [rulesFor('https://index.example', ['[::1]:8080']), 'http://[::1]:8080/a', true],
    [rulesFor('http://127.0.0.1:8080'), 'http://127.0.0.1:8080/a', true],
    [rulesFor('http://127.0.0.1:8080'), 'http://127.0.0.1:8081/a', false],
    [rulesFor('http://127.0.0.1:8080'), 'http://localhost:8080/a', false],
  ];
  for (const [rules, url, allowed] of cases)
    assert.equal(rules.refusal(new URL(url)) === null, allowed, `${url} with ${rules.allowed}`);
});

/** What a page, a Location or a DNS entry may say to make a mirror ask something near it. */
const NEARBY = [
  'http://127.0.0.1/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[fe80::1]/',
  'https://[fd00::1]/',
  'https://localhost/',
  'https://localhost./',
  'https://pypi.localhost/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://metadata.google.internal/',
  'https://index.example./',
  'https://index.example:22/',
  'https://index.example:80/',
  'https://index.example@127.0.0.1/',
  'https://index.example:443@127.0.0.1/',
  'https://index.example%2f@127.0.0.1/',
  'https://127.0.0.1\\@index.example/',
  'https://127.0.0.1#@index.example/',
  'https://127.0.0.1?@index.example/',
  'https://index.example.127.0.0.1.nip.example/',
  'https:\\\\127.0.0.1\\',
  '//127.0.0.1/',
  'https://１２７.0.0.1/',
  'https://127。0。0。1/',
  'ftp://index.example/',
  'file:///etc/passwd',
  'file://index.example/etc/passwd',
  'data:text/html,x',
  'javascript:alert(1)',
  'blob:https://index.example/x',
  'unix:/run/docker.sock',
  'gopher://index.example/',
  'ws://index.example/',
];

test('however a page spells an address of this machine or network, it is neither asked nor linked to nor redirected to', () => {
  const rules = rulesFor('https://index.example', ['files.example', 'files.example:8443']);
  for (const address of NEARBY) {
    assert.equal(mayBeAsked(rules, address), false, address);
    assert.throws(() => checkedUrl(rules, address, 'a file'), { code: 'UPSTREAM_HOST_NOT_ALLOWED' }, address);
    const hop = { status: 302, method: 'GET', followed: 0, what: 'a file', location: address } as const;
    for (const allowHttp of [false, true])
      assert.throws(
        () => redirectTarget(rules, allowHttp, { ...hop, from: new URL('https://index.example/simple/a/') }),
        { code: 'UPSTREAM_REDIRECT' },
        address,
      );
  }
});

test('of several spellings of one address the one that was named allows the others, for they are the same host', () => {
  const rules = rulesFor('http://127.0.0.1:8080');
  for (const same of ['http://2130706433:8080/', 'http://0x7f.1:8080/', 'http://127.1:8080/'])
    assert.equal(mayBeAsked(rules, same), true, same);
  for (const other of ['http://[::ffff:127.0.0.1]:8080/', 'http://localhost:8080/', 'http://127.0.0.2:8080/'])
    assert.equal(mayBeAsked(rules, other), false, other);
});

test('an address that may not be asked is an error that names the allowed hosts', () => {
  const rules = rulesFor('https://index.example');
  assert.throws(() => checkedUrl(rules, 'https://evil.example/a', 'the file a'), {
    code: 'UPSTREAM_HOST_NOT_ALLOWED',
    message: /the file a/,
  });
  assert.throws(() => checkedUrl(rules, '../a', 'the file a'), { code: 'UPSTREAM_HOST_NOT_ALLOWED' });
});

test('whether an address may be linked to is the same question, asked without an error', (t) => {
  const rules = rulesFor('https://index.example', ['files.example']);
  assert.equal(mayBeAsked(rules, 'https://files.example/a'), true);
  for (const url of ['https://evil.example/a', 'http://files.example/a', 'file:///a', '../a', ''])
    assert.equal(mayBeAsked(rules, url), false, url);
  const { upstream } = openUpstream(t, 'https://index.example', { fileHosts: ['files.example'] });
  assert.equal(upstream.mayLinkTo('https://files.example/a'), true);
  assert.equal(upstream.mayLinkTo('https://evil.example/a'), false);
  assert.equal(upstream.requestsMade, 0);
});

test('loopback is what never leaves this machine', () => {
  for (const host of ['127.0.0.1', '127.8.8.8', '[::1]', 'localhost', 'pypi.localhost'])
    assert.equal(isLoopback(host), true, host);
  for (const host of ['10.0.0.1', '128.0.0.1', '127.0.0.1.example', 'localhost.example', '[::2]'])
    assert.equal(isLoopback(host), false, host);
});

interface HopCase {
  readonly from?: string;
  readonly to: string | null;
  readonly status?: number;
  readonly method?: 'GET' | 'POST';
  readonly followed?: number;
  readonly allowHttp?: boolean;
}

function follow({ from, to, status, method, followed, allowHttp = false }: HopCase): URL {
  const rules = rulesFor('https://index.example', ['files.example', '127.0.0.1'], allowHttp);
  return redirectTarget(rules, allowHttp, {
    from: new URL(from ?? 'https://index.example/simple/a'),
    location: to,
    status: status ?? 301,
    method: method ?? 'GET',
    followed: followed ?? 0,
    what: 'the page of a',
  });
}

test('a redirect is followed to known hosts, relative or absolute, without credentials and fragment', () => {
  assert.equal(follow({ to: '/simple/b/' }).href, 'https://index.example/simple/b/');
  assert.equal(follow({ to: 'b/?x=1#y' }).href, 'https://index.example/simple/b/?x=1');
  assert.equal(follow({ to: 'https://u:p@files.example/f' }).href, 'https://files.example/f');
  assert.equal(follow({ to: '/RPC2', status: 308, method: 'POST' }).pathname, '/RPC2');
  assert.equal(follow({ to: 'http://files.example/f', allowHttp: true }).protocol, 'http:');
  assert.equal(follow({ to: 'http://127.0.0.1:8080/f' }).host, '127.0.0.1:8080');
});

test('a redirect is refused when it is one too many, leads nowhere, elsewhere, down to http, or loses the POST', () => {
  const refusedHops: HopCase[] = [
    { to: '/b', followed: REDIRECTS_MAX },
    { to: null },
    { to: 'http://[bad' },
    { to: 'https://evil.example/' },
    { to: 'file:///etc/passwd' },
    { to: 'data:,x' },
    { to: 'http://files.example/f' },
    { to: '/RPC2', status: 301, method: 'POST' },
    { to: '/RPC2', status: 303, method: 'POST' },
  ];
  for (const hop of refusedHops)
    assert.throws(() => follow(hop), { code: 'UPSTREAM_REDIRECT' }, JSON.stringify(hop));
});
