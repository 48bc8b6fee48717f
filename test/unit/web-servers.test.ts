/**
 * Goal: the configurations say what the settings say, name their limits, and never pass on a path that a server would
 * read more into. What servers make of them is shown in test/e2e/web-servers.test.ts.
 * Method: the text for a table of sites is looked at for what must and must not be in it.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import type { PagesSettings } from '../../src/config/settings.ts';
import { isJubjubError } from '../../src/errors.ts';
import { CONFIGURE } from '../../src/web-servers/servers.ts';
import { type SiteOptions, siteOf } from '../../src/web-servers/site.ts';
import { testIo } from '../support/cli.ts';
import { withTempDir } from '../support/temp.ts';
import { writeMirrorToml } from '../support/web-servers.ts';

const NAMES = ['nginx', 'caddy', 'apache'] as const;
const PAGES: PagesSettings = { baseUrl: null, jsonApi: true, precompress: true };

function site(pages: Partial<PagesSettings> = {}, options: SiteOptions = {}, docroot = '/srv/mirror/web') {
  return siteOf(docroot, { ...PAGES, ...pages }, options);
}

function textFor(name: (typeof NAMES)[number], ...args: Parameters<typeof site>): string {
  return CONFIGURE[name](site(...args));
}

test('the same settings give the same text, in lines without blanks at their ends', () => {
  for (const name of NAMES) {
    const text = textFor(name);
    assert.equal(text, textFor(name));
    assert.doesNotMatch(text, /[ \t]$|\n\n\n|undefined|null/m, name);
    assert.match(text, /^# A jubjub mirror, served by .+\n/);
    assert.match(text, /[^\n]\n$/);
    for (const line of text.split('\n').filter((one) => one.startsWith('#')))
      assert.ok(line.length <= 110, `${name}: ${line}`);
  }
});

const ADDRESSES: readonly (readonly [baseUrl: string | null, options: SiteOptions, expected: object])[] = [
  [
    null,
    {},
    { serverName: null, address: null, port: 80, tlsPort: null, prefix: '', url: 'http://localhost' },
  ],
  [null, { port: 8080 }, { port: 8080, url: 'http://localhost:8080' }],
  [null, { host: 'Pypi.Example.org' }, { serverName: 'pypi.example.org', address: null }],
  [
    null,
    { host: '127.0.0.1', port: 81 },
    { serverName: null, address: '127.0.0.1', url: 'http://127.0.0.1:81' },
  ],
  [null, { host: '::1' }, { serverName: null, address: '::1', url: 'http://[::1]' }],
  [null, { host: '[::1]' }, { address: '::1' }],
  [null, { host: '0.0.0.0' }, { address: null }],
  ['http://pypi.example.org', {}, { serverName: 'pypi.example.org', port: 80, tlsPort: null, prefix: '' }],
  [
    'http://pypi.example.org:8080/a/b',
    {},
    { port: 8080, prefix: '/a/b', url: 'http://pypi.example.org:8080/a/b' },
  ],
  ['https://pypi.example.org', {}, { serverName: 'pypi.example.org', port: 80, tlsPort: 443 }],
  ['https://pypi.example.org:8443', {}, { port: 80, tlsPort: 8443 }],
  [
    'https://pypi.example.org',
    { host: '127.0.0.1', port: 8000 },
    { serverName: 'pypi.example.org', port: 8000 },
  ],
  ['https://pypi.example.org', { host: 'other.example' }, { serverName: 'other.example' }],
  ['http://127.0.0.1:9000', {}, { serverName: null, address: null, port: 9000 }],
];

test('the address comes from the base URL, and the command line has the last word', () => {
  for (const [baseUrl, options, expected] of ADDRESSES) {
    const found = site({ baseUrl }, options);
    assert.deepEqual({ ...found, ...expected }, found, `${baseUrl} ${JSON.stringify(options)}`);
  }
});

test('the address stands where each server looks for it', () => {
  const pages = { baseUrl: 'https://pypi.example.org/pypi-mirror' };
  const nginx = textFor('nginx', pages);
  assert.match(nginx, /^ {2}listen 80;\n {2}listen \[::\]:80;\n {2}server_name pypi\.example\.org;$/m);
  assert.match(nginx, /^ {2}# {3}listen 443 ssl;$/m);
  assert.match(nginx, /location \^~ \/pypi-mirror\/packages\/ /);
  assert.match(
    textFor('nginx', {}, { host: '::1', port: 81 }),
    /^ {2}listen \[::1\]:81;\n {2}server_name _;$/m,
  );
  assert.match(textFor('caddy', pages), /^http:\/\/pypi\.example\.org:80 \{$/m);
  assert.match(textFor('caddy', {}, { host: '127.0.0.1' }), /^http:\/\/:80 \{\n\tbind 127\.0\.0\.1$/m);
  const apache = textFor('apache', pages);
  assert.match(apache, /^<VirtualHost \*:80>\n {2}ServerName pypi\.example\.org$/m);
  assert.doesNotMatch(apache, /^Listen/m, 'Debian listens on 80 already');
  assert.match(
    textFor('apache', {}, { host: '::1', port: 81 }),
    /^Listen \[::1\]:81\n\n<VirtualHost \[::1\]:81>$/m,
  );
});

test('twins and the JSON API are only sent when they are kept', () => {
  for (const name of NAMES) {
    const none = textFor(name, { precompress: false, jsonApi: false });
    assert.doesNotMatch(none, /gzip_static|\.gz -f|file .*\.gz$|\.gz"|max-age=900/m, name);
    assert.match(none, /precompress = true/, name);
    assert.match(none, /"message": "Not Found"/, `${name}: what is missing is told in JSON all the same`);
    const all = textFor(name);
    assert.match(all, /gzip_static on|\.gz" -f|file .*\.gz$/m, name);
    assert.match(all, /max-age=900, public/, name);
  }
});

test('what is approximated is said', () => {
  for (const name of NAMES) {
    const text = textFor(name).replaceAll('\n#    ', '');
    assert.match(text, /compared by their first decimal/);
    assert.match(text, /X-PyPI-Last-Serial and XML-RPC/);
  }
});

const REFUSED: Readonly<Record<(typeof NAMES)[number], readonly string[]>> = {
  nginx: ['/srv/$HOME/web', '/srv/a\nb/web'],
  caddy: ['/srv/{env.HOME}/web', '/srv/a*/web', '/srv/a\tb/web', '/srv/a\\b/web'],
  apache: ['/srv/$HOME/web', '/srv/%{HOST}/web', '/srv/[a]/web', '/srv/a\rb/web'],
};

test('a path that a server would read more into is refused, with its name', () => {
  for (const name of NAMES) {
    for (const docroot of REFUSED[name]) {
      assert.throws(
        () => textFor(name, {}, {}, docroot),
        (error) => isJubjubError(error, 'CONFIG_INVALID') && (error.facts.path ?? '').startsWith(docroot),
        `${name} ${docroot}`,
      );
    }
    assert.match(textFor(name, {}, {}, `/srv/a "b"; c'd #e/web`), /\/srv\/a \\"b\\"; c'd #e\/web/, name);
  }
});

test('a base URL whose path is no plain text is refused', () => {
  for (const baseUrl of ['http://h/a%20b', 'http://h/a(b', 'http://h/a"b', 'http://h/a$b', 'http://h/a//b'])
    assert.throws(
      () => site({ baseUrl }),
      (error) => isJubjubError(error, 'CONFIG_INVALID') && error.facts.path === '[pages] base-url',
      baseUrl,
    );
  for (const host of ['a b', 'http://a', 'a:80', 'a/b', '', '-;'])
    assert.throws(
      () => site({}, { host }),
      (error) => isJubjubError(error, 'USAGE_INVALID'),
      host,
    );
});

async function run(...argv: string[]) {
  const io = testIo('/nowhere');
  return { status: await main(argv, io), out: io.stdout.text, err: io.stderr.text };
}

test('the command prints the text for a configuration file, or JSON that holds it', async (t) => {
  const place = withTempDir(t);
  const toml = writeMirrorToml(place, 'base-url = "https://pypi.example.org"');
  for (const name of NAMES) {
    const text = CONFIGURE[name](
      siteOf(path.join(place, 'web'), {
        baseUrl: 'https://pypi.example.org',
        jsonApi: false,
        precompress: false,
      }),
    );
    assert.deepEqual(await run('config', name, '-c', toml), { status: 0, out: text, err: '' });
    assert.deepEqual(await run('config', name, '-c', toml, '-q'), { status: 0, out: text, err: '' });
    const { out } = await run('config', name, '-c', toml, '--json');
    assert.deepEqual(JSON.parse(out), { server: name, configuration: text });
  }
});

test('an unknown server is refused, and the known ones are named', async () => {
  const { status, out, err } = await run('config', 'lighttpd');
  assert.equal(status, 2);
  assert.equal(out, '');
  assert.match(err, /^error: unknown command 'lighttpd'\n/);
  assert.match(err, /nginx, caddy and apache/);
  const help = await run('config', '--help');
  for (const name of NAMES) assert.match(help.out, new RegExp(`^  ${name} \\[options\\] +Prints`, 'm'));
});

test('what is wrong with options or the file ends with 2', async (t) => {
  const place = withTempDir(t);
  const toml = writeMirrorToml(place, '');
  writeFileSync(path.join(place, 'broken.toml'), 'nonsense');
  for (const more of [['--port', '0'], ['--port', 'x'], ['--host', 'a b'], ['extra']])
    assert.equal((await run('config', 'nginx', '-c', toml, ...more)).status, 2, more.join(' '));
  assert.equal((await run('config', 'nginx', '-c', path.join(place, 'broken.toml'))).status, 2);
  assert.equal((await run('config', 'nginx', '-c', path.join(place, 'none.toml'))).status, 2);
});
