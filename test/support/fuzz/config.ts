/** The parsers of what operators write: mirror.toml, bandersnatch.conf, patterns, little languages. */
import assert from 'node:assert/strict';
import { parse } from 'smol-toml';
import { importBandersnatch } from '../../../src/bandersnatch/import.ts';
import { pythonRegex, written } from '../../../src/bandersnatch/python-regex.ts';
import { bytesOf as sizeOf, wholeNumberOf } from '../../../src/bandersnatch/values.ts';
import { keyLines } from '../../../src/config/lines.ts';
import { readConfig } from '../../../src/config/load.ts';
import { redact, redactHarder } from '../../../src/config/redact.ts';
import { effectiveConfig } from '../../../src/config/starter.ts';
import {
  parseDuration,
  parseInstant,
  parseRemovalLimit,
  parseShare,
  parseSize,
} from '../../../src/config/values.ts';
import type { JsonObject } from '../../../src/pypi/types.ts';
import { checkTextPattern, textTest } from '../../../src/selection/entries.ts';
import { checkPattern, namePatterns, normalizePattern } from '../../../src/selection/patterns.ts';
import fc from '../properties.ts';
import { bentJson } from './json.ts';
import { foreseen, type TextParser } from './parser.ts';
import { wordList } from './texts.ts';
import { asToml, TOML_WORDS } from './toml.ts';

/** A folder that is not there: files that a text includes are none. */
const FOLDER = '/nowhere';

const CONF_WORDS = wordList(
  '[mirror] [DEFAULT] [plugins] [allowlist] [regex_project] [ ] ␤ ␤␣␣␣␣ ␣=␣ = : # ; % %%',
  '%(directory)s \u0024{mirror:directory} %(a)s a directory master enabled packages all',
  'allowlist_project blocklist_release regex_release foo==1.0 json␣=␣true workers␣=␣3 .+rc\\d',
);
const REGEX_WORDS = wordList(
  '( ) (?: (?P<a> (?i) (?= (?<! (?#x) (?i: (?-i: [ ] [^ - \\ \\d \\w \\b \\A \\Z \\x41 \\u0041 \\0 \\1 {',
  '} {2} {2,} {,3} * + ? ?? *+ | ^ $ . a Z _ 0 / ␤ ä 𝒳 \\N{DASH} A-Z a-z',
);
const PATTERN_WORDS = wordList('* ? [ ] [! [a-z] a B - _ . / /^a $/ /i ( ) \\ | ! ␣');

/** Every key with its default. */
const FILLED = effectiveConfig(
  readConfig('directory = "./m"\nupstream = { url = "https://pypi.org" }\n', `${FOLDER}/mirror.toml`),
);

const toml = fc.oneof(
  bentJson(fc.constant(parse(FILLED) as JsonObject)).map(asToml),
  fc.constant(FILLED),
  fc.constantFrom(
    'directory = "./m"\n[upstream]\nurl = "https://pypi.org"\n[projects]\nallow = ["a", "b*"]\n[releases]\nblock = ["x<1"]\n',
    'directory = "./m"\n[upstream]\nurl = "https://u:p@h.example"\nproxy = "http://x"\n[[exception]]\nprojects = ["a"]\nplatforms = ["linux"]\n',
    'directory = "./m"\nupstream = { url = "https://pypi.org" }\n[prune]\nhide-after = "15m"\n[sync]\nremoval-limit = "max(20, 1%)"\nreconcile = "1/168"\n',
  ),
);
const conf = fc.constantFrom(
  '[mirror]\ndirectory = /srv/pypi\nmaster = https://pypi.org\njson = true\nworkers = 3\nhash-index = false\n\n[plugins]\nenabled =\n    allowlist_project\n    regex_release\n\n[allowlist]\npackages =\n    foo==1.0\n    bar\n\n[filter_release]\nreleases =\n    .+rc\\d\n',
  '[DEFAULT]\nbase = /srv\n[mirror]\ndirectory = %(base)s/pypi\n[plugins]\nenabled = all\n[blocklist]\nplatforms = windows\n[size_project_metadata]\nmax_package_size = 1G\n',
);
const regexes = fc.constantFrom(
  '^tf[-_]nightly',
  '(?i)Foo|bar$',
  '[A-Z]\\w{2,3}\\.dev\\d+$',
  '(?P<x>a)(?:b|c)*?',
);
export const CONFIG_PARSERS: readonly TextParser[] = [
  {
    name: 'mirror-toml',
    eats: 'mirror.toml',
    words: TOML_WORDS,
    documents: toml,
    eat(text) {
      const loaded = foreseen(['CONFIG_INVALID'], () => readConfig(text, `${FOLDER}/mirror.toml`));
      if (loaded === null) return;
      assert.match(loaded.settings.upstream.url, /^https?:\/\//);
      // What is told of it means the same; passwords are not told.
      if (!text.includes('@')) readConfig(effectiveConfig(loaded), `${FOLDER}/mirror.toml`);
      for (const line of keyLines(text).values()) assert.ok(line >= 1 && line <= text.split('\n').length);
    },
  },
  {
    name: 'bandersnatch-conf',
    eats: 'bandersnatch.conf',
    words: CONF_WORDS,
    documents: conf,
    charsMax: 4096,
    eat(text) {
      const { toml: made } = importBandersnatch(text, {
        name: 'bandersnatch.conf',
        file: `${FOLDER}/mirror.toml`,
        readRequirements: () => null,
      });
      // What comes out is always accepted.
      readConfig(made, `${FOLDER}/mirror.toml`);
    },
  },
  {
    name: 'python-regex',
    eats: 'regular expressions of Python',
    words: REGEX_WORDS,
    documents: regexes,
    charsMax: 2000,
    eat(text) {
      for (const names of [true, false])
        for (const spellsCase of [true, false]) {
          const made = pythonRegex(text, { lines: !names, names, spellsCase });
          if (typeof made === 'string') continue;
          const regex = new RegExp(`(?:${made.body})|x`, `u${made.flags}`);
          assert.ok(regex.source !== '');
          checkTextPattern(written(made));
        }
    },
  },
  {
    name: 'patterns',
    eats: 'patterns of names and texts',
    words: PATTERN_WORDS,
    documents: fc.constantFrom('numpy', 'acme-*', '/^a.*b$/i', '[a-c]?-x', '!x*'),
    charsMax: 4096,
    eat(text) {
      if (checkPattern(text) === null) {
        const normal = normalizePattern(text);
        assert.equal(normalizePattern(normal), normal);
        const [one, other] = [namePatterns([text]), namePatterns([normal])];
        for (const name of ['a', 'numpy', 'acme-x'])
          assert.equal(one.find(name) === null, other.find(name) === null);
      } else
        assert.equal(
          foreseen(['CONFIG_INVALID'], () => normalizePattern(text)),
          null,
        );
      // Regular expressions take as long as their author lets them.
      if (checkTextPattern(text) === null && !text.startsWith('/')) textTest(text)('numpy');
    },
  },
  {
    name: 'little-languages',
    eats: 'durations, sizes, shares, limits, times; and addresses with passwords',
    words: [
      '0',
      '9',
      '1.5',
      'ms',
      's',
      'd',
      'GiB',
      '%',
      '/',
      'max(',
      ', ',
      ')',
      ' ',
      '2024-02-29',
      'T',
      ':',
      'Z',
      '+',
      '-',
      '@',
      '://',
      'a',
    ],
    documents: fc.constantFrom(
      '15m',
      '2GiB',
      '1/168',
      'max(20, 1%)',
      '2024-02-29T12:00:00+02:00',
      '1.5 GiB',
      'https://u:p@h/',
    ),
    eat(text) {
      for (const parse of [parseDuration, parseSize, parseInstant, sizeOf, wholeNumberOf]) {
        const value = parse(text);
        assert.ok(value === null || Number.isSafeInteger(value), `${parse.name}: ${value}`);
      }
      const share = parseShare(text);
      assert.ok(share === null || (share > 0 && share <= 1));
      parseRemovalLimit(text);
      assert.doesNotMatch(redact(text), /:\/\/[^\s/?#"'<>@]+@/);
      assert.ok(!redactHarder(text).includes('@'));
    },
  },
];
