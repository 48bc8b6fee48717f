/**
 * Goal: laws of version specifiers, markers, requirements and tags.
 * Method: fast-check; where there is a longer way to the same answer, both must agree.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCoreMetadata } from '../../src/pypi/core-metadata.ts';
import { evaluateMarker, type MarkerVariables, markerVariables, parseMarker } from '../../src/pypi/marker.ts';
import { parseRequirement } from '../../src/pypi/requirement.ts';
import { admitsPython, normalizeSpecifier, specifierTest, tidySpecifier } from '../../src/pypi/specifiers.ts';
import { isTagGlob, matchesGlob } from '../../src/pypi/tag-glob.ts';
import { compareVersions } from '../../src/pypi/versions.ts';
import { fileKindOf, wheelTagsOf } from '../../src/pypi/wheel-name.ts';
import { platformTest } from '../../src/pypi/wheel-platforms.ts';
import { nastyText } from '../support/details.ts';
import fc from '../support/properties.ts';

const number = fc.oneof(fc.nat({ max: 3 }).map(String), fc.constantFrom('00', '20240101123456789012'));
const release = fc.array(number, { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.'));
const publicVersion = fc
  .tuple(
    fc.constantFrom('', '', '1!'),
    release,
    fc.constantFrom('', '', 'a1', '.beta', '-c.2'),
    fc.constantFrom('', '', '.post1', '-1', 'r'),
    fc.constantFrom('', '', '.dev', '.dev3'),
  )
  .map((parts) => parts.join(''));
const version = fc
  .tuple(publicVersion, fc.constantFrom('', '', '+abc', '+1.2'))
  .map(([start, local]) => start + local);
const clause = fc.oneof(
  fc.tuple(fc.constantFrom('<', '<=', '>', '>=', '==', '!=', '==='), publicVersion),
  fc.tuple(
    fc.constantFrom('==', '!=', '>=', '<', '<='),
    release.map((text) => `${text}.*`),
  ),
);
const specifier = fc
  .array(
    clause.map(([op, text]) => op + text),
    { maxLength: 3 },
  )
  .map((clauses) => clauses.join(','));

/** What a specifier that is one says of a version. */
function holds(text: string, candidate: string): boolean | null {
  const matches = specifierTest(text);
  assert.ok(matches, text);
  return matches(candidate);
}

test('operators agree with each other and with the order of versions', () => {
  fc.assert(
    fc.property(version, publicVersion, (candidate, bound) => {
      const order = compareVersions(candidate.replace(/\+.*/, ''), bound);
      assert.equal(holds(`>=${bound}`, candidate), order >= 0);
      assert.equal(holds(`<=${bound}`, candidate), order <= 0);
      assert.equal(holds(`==${bound}`, candidate), order === 0);
      assert.equal(holds(`!=${bound}`, candidate), order !== 0);
      // PEP 440: the exclusive ones leave out more than the bound itself.
      if (holds(`<${bound}`, candidate)) assert.ok(order < 0);
      if (holds(`>${bound}`, candidate)) assert.ok(order > 0);
    }),
  );
});

test('a compatible release is at least that release, and of its series', () => {
  fc.assert(
    fc.property(version, release, number, (candidate, series, last) => {
      const both = holds(`>=${series}.${last},==${series}.*`, candidate);
      assert.equal(holds(`~=${series}.${last}`, candidate), both);
      assert.equal(holds(`!=${series}.*`, candidate), !holds(`==${series}.*`, candidate));
    }),
  );
});

test('spelling, order and repetition of specifiers change nothing', () => {
  fc.assert(
    fc.property(specifier, version, (text, candidate) => {
      const normal = normalizeSpecifier(text) ?? assert.fail(text);
      assert.equal(normalizeSpecifier(normal), normal);
      const reversed = text.split(',').reverse().join(' , ');
      assert.equal(normalizeSpecifier(`${reversed},${text}`), normal);
      const tidy = tidySpecifier(reversed) ?? assert.fail(text);
      if (!text.includes('===')) assert.equal(holds(normal, candidate), holds(text, candidate));
      assert.equal(holds(tidy, candidate), holds(text, candidate));
    }),
  );
});

const pythonClause = fc
  .tuple(
    fc.constantFrom('<', '<=', '>', '>=', '==', '!=', '~='),
    fc.constantFrom('3.11', '3.12', '3.12.0', '3.12.3', '3.12.4', '3.12.9', '3.12.5.1', '3.12.4rc1', '3.13'),
  )
  .map(([op, text]) => op + text);

test('a minor version of Python is let in when one of its patch releases is', () => {
  fc.assert(
    fc.property(fc.array(pythonClause, { maxLength: 4 }), (clauses) => {
      const requires = clauses.join(',');
      const patches = Array.from({ length: 15 }, (_, patch) => `3.12.${patch}`);
      const some = patches.some((patch) => admitsPython(requires, patch));
      assert.equal(admitsPython(requires, '3.12'), some, requires);
    }),
  );
});

const comparison = fc
  .tuple(
    fc.constantFrom('python_version', 'python_full_version', 'os_name', 'sys_platform', 'extra'),
    fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '~=', 'in', 'not in'),
    fc.constantFrom('3.12', '3.12.0', '3.12.4', '3.12.*', '3.13', 'posix', 'linux', 'win32', 'x', ''),
    fc.boolean(),
  )
  .map(([variable, op, text, isReversed]) =>
    isReversed ? `'${text}' ${op} ${variable}` : `${variable} ${op} "${text}"`,
  );
const { marker: markerText } = fc.letrec<{ marker: string }>((tie) => ({
  marker: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    comparison,
    fc
      .tuple(tie('marker'), fc.constantFrom('and', 'or'), tie('marker'))
      .map(([left, op, right]) => `(${left} ${op} ${right})`),
  ),
}));

test('what is said of an environment that is half known holds for every one that it may be', () => {
  const full = { ...markerVariables('3.12.4', 'linux_x86_64') };
  fc.assert(
    fc.property(markerText, fc.subarray(Object.keys(full)), fc.nat({ max: 15 }), (text, forgotten, patch) => {
      const marker = parseMarker(text) ?? assert.fail(text);
      const all: MarkerVariables = { ...full, python_full_version: `3.12.${patch}` };
      const some = Object.fromEntries(Object.entries(all).filter(([name]) => !forgotten.includes(name)));
      const said = evaluateMarker(marker, some, ['x']);
      if (said !== null) assert.equal(said, evaluateMarker(marker, all, ['x']), text);
    }),
    { numRuns: 300 },
  );
});

test('asking for more extras never takes a requirement away', () => {
  const extras = fc.subarray(['x', 'y', '3.12', 'more']);
  fc.assert(
    fc.property(markerText, extras, fc.constantFrom('x', '3.12'), (text, some, extra) => {
      const marker = parseMarker(`${text} and extra == '${extra}'`) ?? assert.fail(text);
      const variables = markerVariables('3.12.4', 'linux_x86_64') ?? assert.fail();
      if (evaluateMarker(marker, variables, some) !== true) return;
      for (const asked of [
        [...some, 'last'],
        ['first', ...some],
      ])
        assert.equal(evaluateMarker(marker, variables, asked), true, text);
    }),
  );
});

test('a requirement is read as the parts that it was written from', () => {
  const name = fc.stringMatching(/^[a-z0-9]{1,5}(-[a-z0-9]{1,3})?$/);
  fc.assert(
    fc.property(
      fc.record({ name, extras: fc.uniqueArray(name, { maxLength: 3 }), specifier, markerText }),
      fc.constantFrom('', ' '),
      fc.boolean(),
      ({ name: wanted, extras, specifier: versions, markerText: marker }, space, isEnclosed) => {
        const list = extras.length === 0 ? '' : `${space}[${extras.join(`${space},${space}`)}]`;
        const enclosed = isEnclosed ? `(${space}${versions})` : versions;
        const read = parseRequirement(`${wanted}${list}${space}${enclosed}${space};${space}${marker}`);
        assert.deepEqual(read, {
          name: wanted,
          extras: [...extras].sort(),
          specifier: tidySpecifier(versions),
          url: null,
          marker: parseMarker(marker),
        });
      },
    ),
  );
});

test('no text makes a reader throw, and what is read can be used', () => {
  const soup = fc
    .array(
      fc.oneof(fc.constantFrom(...`()[],;@<>=!~*'"- .`, 'os_name', 'and', 'in', '3.8', 'a'), nastyText),
      {
        maxLength: 12,
      },
    )
    .map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(fc.oneof(soup, nastyText), (text) => {
      parseMarker(text);
      parseCoreMetadata(text);
      fileKindOf(text);
      wheelTagsOf(`a-1-${text}.whl`);
      platformTest(text)?.(text);
      specifierTest(text)?.(text);
      admitsPython(text, '3.12');
      const read = parseRequirement(`a${text}`);
      if (read !== null) assert.ok(specifierTest(read.specifier), text);
    }),
    { numRuns: 500 },
  );
});

test('a glob matches what the same regular expression matches', () => {
  const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 }).filter(isTagGlob);
  fc.assert(
    fc.property(glob, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (pattern, text) => {
      const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      assert.equal(matchesGlob(pattern, text), same.test(text));
    }),
    { numRuns: 300 },
  );
});
