/**
 * Goal: requirements are read as PEP 508 has them, and as metadata from before PEP 508 meant them.
 * Method: tables of cases, checked against packaging 26.2 where that accepts them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMarker } from '../../src/pypi/marker.ts';
import { parseRequirement } from '../../src/pypi/requirement.ts';

test('a requirement is a name, extras, specifiers or a reference, and a marker', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['requests', 'requests || '],
    ['  Zope.Interface  ', 'zope-interface || '],
    ['requests>=2.0,<3', 'requests || >=2.0,<3'],
    ['requests >= 2.0 , < 3 ,', 'requests || >=2.0,<3'],
    ['requests (>=2.0,<3)', 'requests || >=2.0,<3'],
    ['requests( == 2.* )', 'requests || ==2.*'],
    ['requests()', 'requests || '],
    ['requests[Security,socks_x, socks-x]', 'requests |security socks-x| '],
    ['requests [ a ] ~=2.1', 'requests |a| ~=2.1'],
    ['requests[]', 'requests || '],
    ['requests[old-]', 'requests |old-| '],
    ['torch==2.0+cu118', 'torch || ==2.0+cu118'],
    ['torch===2.0_weird', 'torch || ===2.0_weird'],
    ['numpy>=1.21.*', 'numpy || >=1.21'],
    ['numpy (>=1.21.*,<2.*)', 'numpy || >=1.21,<2'],
    ['pip @ https://example.org/pip.whl', 'pip || @https://example.org/pip.whl'],
    ['pip[x]@file:///a;b', 'pip |x| @file:///a;b'],
    ['pip @ git+https://example.org/pip@main#egg=pip ', 'pip || @git+https://example.org/pip@main#egg=pip'],
  ];
  for (const [text, expected] of cases) {
    const read = parseRequirement(text);
    assert.ok(read, text);
    const wanted = read.url === null ? read.specifier : `@${read.url}`;
    assert.equal(`${read.name} |${read.extras.join(' ')}| ${wanted}`, expected, text);
    assert.equal(read.marker, null, text);
  }
});

test('what follows the semicolon is the marker', () => {
  const marker = parseMarker(`python_version < "3.8"`);
  const texts = [
    'a;python_version<"3.8"',
    `a ; python_version < '3.8' `,
    'a>=1;python_version < "3.8"',
    `a[x] (>=1) ; (python_version < '3.8')`,
    'a @ https://example.org/;x ; python_version < "3.8"',
  ];
  for (const text of texts) assert.deepEqual(parseRequirement(text)?.marker, marker, text);
});

test('what is no requirement is told, however hostile it is', () => {
  const none = [
    '',
    ' ',
    '-a',
    'a b',
    'a_',
    'ä',
    'a 1.0',
    'a (1.0)',
    'a=1',
    'a>=1 <2',
    'a>=1 b',
    'a(>=1',
    'a>=1)',
    'a((>=1))',
    'a(>=1),<2',
    'a>=1;',
    'a>=1; python',
    'a;;os_name==""',
    'a[',
    'a[x',
    'a[x y]',
    'a[x,]',
    'a[,x]',
    'a[-x]',
    'a[x][y]',
    'a @',
    'a @ ; os_name == ""',
    'a @ https://example.org/ os_name == ""',
    'a>=2004-final',
    './a',
    'https://example.org/a.whl',
    `a${'-'.repeat(20_000)}`,
    `a${' '.repeat(20_000)}b`,
    `a${'('.repeat(20_000)}`,
    `a[${'x,'.repeat(20_000)}]`,
    `a;${'('.repeat(10_000)}`,
    `a;${"'".repeat(10_001)}`,
    `${'a'.repeat(300)}>=1`,
  ];
  for (const text of none) assert.equal(parseRequirement(text), null, text.slice(0, 80));
});
