/**
 * Goal: the command line is understood or refused as the contract says: exit statuses, streams, help, suggestions.
 * Method: main() runs in this process with memory for streams.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { main } from '../../src/cli/main.ts';
import { testIo } from '../support/cli.ts';
import { readFromRoot } from '../support/sources.ts';
import { withTempDir } from '../support/temp.ts';

async function run(argv: readonly string[], cwd = '/nowhere', env: Record<string, string> = {}) {
  const io = testIo(cwd, env);
  const status = await main(argv, io);
  return { status, out: io.stdout.text, err: io.stderr.text };
}

test('--version prints the version of package.json', async () => {
  const { version } = JSON.parse(readFromRoot('package.json'));
  assert.deepEqual(await run(['--version']), { status: 0, out: `${version}\n`, err: '' });
});

test('help goes to stdout with 0, for the program and for every command', async () => {
  const commands = COMMANDS.flatMap((spec) => [
    [spec.name],
    ...(spec.commands ?? []).map((inner) => [spec.name, inner.name]),
  ]);
  for (const command of [[], ...commands]) {
    const { status, out, err } = await run([...command, '--help']);
    const at = command.join(' ');
    assert.equal(status, 0, at);
    assert.equal(err, '', at);
    assert.match(out, new RegExp(`^USAGE jubjub ${at}`), at);
    assert.match(out, /\n\n[A-Z][^\n]+[\s\S]+?\.\n\n(?:ARGUMENTS|OPTIONS)\n/, `${at}: a purpose sentence`);
    assert.match(out, /\nEXIT STATUS\n {2}0 +done, nothing owed\n/, at);
    assert.match(out, /\nEXAMPLES\n {2}\S/, at);
  }
});

test('each command says of the common options what they do in it, and help is called the same everywhere', async () => {
  const of = async (...argv: string[]) => (await run([...argv, '--help'])).out;
  assert.match(await of('sync'), /--verbose +log each project and file too/);
  assert.match(await of('serve'), /--verbose +log each request too/);
  assert.match(await of('config', 'check'), /--verbose +show the causes of errors/);
  for (const out of [await of(), await of('config'), await of('serve')]) {
    assert.match(out, /-h, --help +print this help\n/);
    assert.doesNotMatch(out, /display help/);
  }
});

test('a sync names only the exit statuses that it can have', async () => {
  const { out } = await run(['sync', '--help']);
  const statuses = [...(out.split('EXIT STATUS')[1] ?? '').matchAll(/^ {2}(\d+) /gm)].map(
    (match) => match[1],
  );
  assert.deepEqual(statuses, ['0', '1', '2', '3', '4', '6', '7', '130']);
});

test('without a command the help goes to stderr, with 2', async () => {
  for (const argv of [[], ['config']]) {
    const { status, out, err } = await run(argv);
    assert.equal(status, 2);
    assert.equal(out, '');
    assert.match(err, /^USAGE jubjub/);
  }
});

test('a mistyped command or option is refused with the nearest one', async () => {
  assert.deepEqual(await run(['snyc']), {
    status: 2,
    out: '',
    err: "error: unknown command 'snyc'\n  hint      did you mean sync? see: jubjub --help\n  code      USAGE_INVALID\n",
  });
  const { status, err } = await run(['sync', '--dry-rum']);
  assert.equal(status, 2);
  assert.match(err, /did you mean --dry-run\? see: jubjub sync --help/);
  const hint = async (...argv: string[]) => /hint +(.+)/.exec((await run(argv)).err)?.[1];
  assert.equal(await hint('sync', '--dry'), 'did you mean --dry-run? see: jubjub sync --help');
  assert.equal(
    await hint('config', 'check', '--verb'),
    'did you mean --verbose? see: jubjub config check --help',
  );
  assert.equal(await hint('serve', '--x'), 'see: jubjub serve --help', 'begins like nothing');
});

test('bad values and combinations of options are refused', async () => {
  for (const argv of [
    ['serve', '--port', '65536'],
    ['serve', '--port', '-1'],
    ['serve', '--port', '80x'],
    ['sync', '--allow-removals', '1.5'],
    ['sync', '--allow-removals'],
    ['sync', '--log-format', 'xml'],
    ['sync', '-v', '-q'],
    ['sync', 'extra'],
    ['config', 'nope'],
  ]) {
    const { status, out, err } = await run(argv);
    assert.equal(status, 2, argv.join(' '));
    assert.equal(out, '');
    assert.match(
      err,
      /^error: .+\n( {2}expected .+\n)? {2}hint {6}.+\n {2}code {6}USAGE_INVALID\n$/,
      argv.join(' '),
    );
  }
});

test('with --json a mistake on the command line is an object on stdout', async () => {
  const { status, out, err } = await run(['sync', '--json', '--nope']);
  assert.equal(status, 2);
  assert.equal(err, '');
  assert.deepEqual(JSON.parse(out), {
    type: 'error',
    code: 'USAGE_INVALID',
    message: "unknown option '--nope'",
    exitStatus: 2,
    hint: 'see: jubjub sync --help',
  });
});

test('config init writes the example file, and never overwrites', async (t) => {
  const cwd = withTempDir(t);
  const first = await run(['config', 'init'], cwd);
  assert.equal(first.status, 0);
  assert.match(first.out, /^wrote .+mirror\.toml\n/);
  assert.equal(readFileSync(join(cwd, 'mirror.toml'), 'utf8'), readFromRoot('mirror.example.toml'));
  writeFileSync(join(cwd, 'mirror.toml'), 'mine');
  const second = await run(['config', 'init'], cwd);
  assert.equal(second.status, 2);
  assert.match(second.err, /exists already/);
  assert.equal(readFileSync(join(cwd, 'mirror.toml'), 'utf8'), 'mine');
  assert.equal((await run(['config', 'init', 'other.toml', '--quiet'], cwd)).out, '');
  assert.equal((await run(['config', 'check', '-c', 'other.toml'], cwd)).status, 0);
});

test('config init into a folder that is not there is 6', async (t) => {
  const { status, err } = await run(['config', 'init', 'no/such/mirror.toml'], withTempDir(t));
  assert.equal(status, 6);
  assert.match(err, /received {2}ENOENT/);
});

test('config check prints the effective settings and notes, or nothing when quiet', async (t) => {
  const cwd = withTempDir(t);
  writeFileSync(
    join(cwd, 'mirror.toml'),
    'directory = "m"\n[upstream]\nurl = "https://u:secret@pypi.example"\n[prune]\nhide-after = "1h"\n',
  );
  const { status, out, err } = await run(['config', 'check'], cwd);
  assert.equal(status, 0);
  assert.equal(err, '');
  const [first, contact, directory] = out.split('\n');
  assert.equal(first, `# ${join(cwd, 'mirror.toml')}: no problems; these are the effective settings`);
  assert.match(contact ?? '', /^# note: \[upstream\] contact is empty/);
  assert.equal(directory, `directory = "${join(cwd, 'm')}"`);
  const json = JSON.parse((await run(['config', 'check', '--json'], cwd)).out);
  assert.equal(json.settings.upstream.url, 'https://pypi.example');
  assert.equal(json.notes.length, 1);
  assert.deepEqual(await run(['config', 'check', '-q'], cwd), { status: 0, out: '', err: '' });
});

test('config check refuses a ca-file that is not there or holds no certificate', async (t) => {
  const cwd = withTempDir(t);
  writeFileSync(
    join(cwd, 'mirror.toml'),
    'directory = "m"\n[upstream]\nurl = "https://pypi.example"\nca-file = "ca.pem"\n',
  );
  const absent = await run(['config', 'check'], cwd);
  assert.deepEqual([absent.status, absent.out], [2, '']);
  assert.match(absent.err, /received {2}ENOENT/);
  writeFileSync(
    join(cwd, 'ca.pem'),
    '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n',
  );
  const broken = await run(['config', 'check', '-q'], cwd);
  assert.equal(broken.status, 2);
  assert.match(broken.err, /ca-file holds no usable certificates\n {2}path {6}.+ca\.pem\n/);
});

test('config check shows the proxy of the environment, unless the file names one', async (t) => {
  const cwd = withTempDir(t);
  const file = join(cwd, 'mirror.toml');
  const text = 'directory = "m"\n[upstream]\nurl = "https://pypi.example"\ncontact = "a@b.example"\n';
  const notes = async (env: Record<string, string>) =>
    JSON.parse((await run(['config', 'check', '--json'], cwd, env)).out).notes;
  writeFileSync(file, text);
  const environment = {
    HTTPS_PROXY: 'http://unused.example',
    https_proxy: 'u:se@cret@proxy.example:3128',
    NO_PROXY: '.example',
  };
  const note = 'the proxy is that of the environment: https_proxy=proxy.example:3128 NO_PROXY=.example';
  assert.deepEqual(await notes(environment), [note]);
  assert.ok((await run(['config', 'check'], cwd, environment)).out.includes(`\n# note: ${note}\n`));
  assert.deepEqual(await notes({ NO_PROXY: '.example', HTTP_PROXY: '' }), []);
  writeFileSync(file, `${text}proxy = "http://other.example"\n`);
  assert.deepEqual(await notes(environment), []);
});

test('config check tells every mistake, for people and for programs', async (t) => {
  const cwd = withTempDir(t);
  writeFileSync(join(cwd, 'mirror.toml'), 'directory = "m"\nx = 1\n[upstream]\nurl = "nope"\n');
  const text = await run(['config', 'check'], cwd);
  assert.equal(text.status, 2);
  assert.equal(text.out, '');
  assert.deepEqual(text.err.match(/^error: .*$/gm), [
    'error: unknown key: x',
    'error: bad value: [upstream] url',
  ]);
  const json = await run(['config', 'check', '--json'], cwd);
  assert.equal(json.status, 2);
  assert.equal(json.err, '');
  assert.deepEqual(
    JSON.parse(json.out).problems.map((problem: { message: string }) => problem.message),
    ['unknown key: x', 'bad value: [upstream] url'],
  );
});

test('the configuration is --config, else JUBJUB_CONFIG, else mirror.toml, relative to where one stands', async (t) => {
  const cwd = withTempDir(t);
  const asked = async (argv: string[], env: Record<string, string>) =>
    JSON.parse((await run(['config', 'check', '--json', ...argv], cwd, env)).out).path;
  assert.equal(await asked(['-c', 'a.toml'], { JUBJUB_CONFIG: 'b.toml' }), join(cwd, 'a.toml'));
  assert.equal(await asked([], { JUBJUB_CONFIG: 'b.toml' }), join(cwd, 'b.toml'));
  assert.equal(await asked([], { JUBJUB_CONFIG: '' }), join(cwd, 'mirror.toml'));
  assert.equal(await asked(['-c', '/x/c.toml'], {}), '/x/c.toml');
});

test('with --log-format json an error is a log record on stderr', async (t) => {
  const { status, out, err } = await run(['config', 'check', '--log-format', 'json'], withTempDir(t));
  assert.equal(status, 2);
  assert.equal(out, '');
  const record = JSON.parse(err);
  assert.equal(record.level, 'error');
  assert.equal(record.code, 'CONFIG_MISSING');
  assert.match(record.msg, /there is no configuration file/);
});

test('a reader of stdout that leaves is no error, and a full disk under it is 6', async (t) => {
  const cwd = withTempDir(t);
  writeFileSync(join(cwd, 'mirror.toml'), readFromRoot('mirror.example.toml'));
  for (const [code, expected] of [
    ['EPIPE', 0],
    ['ENOSPC', 6],
  ] as const) {
    const io = testIo(cwd);
    io.stdout._write = (_chunk, _encoding, done: (error?: Error) => void) =>
      done(Object.assign(new Error(code), { code }));
    assert.equal(await main(['config', 'check'], io), expected, code);
    assert.equal(/could not be written/.test(io.stderr.text), expected === 6, code);
  }
});
