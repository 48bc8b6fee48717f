/**
 * Goal: every import in src/ is one that the layer table of ARCHITECTURE.md allows.
 * Method: the table is read from the document itself and each import is held against its row. Cells are read so:
 *
 * - folder: one or more folders or top-level modules, separated by commas; the row holds for each of them.
 * - may import: folders and modules by name; text in parentheses is a remark. `types only`: one another, and types of
 *   anything. `everything`: everything. What stands after `contracts of` may be imported from a `contract.ts`, or as types.
 * - libraries: package names and `node:` modules; `—` for none. Built-in modules that touch nothing outside the
 *   process need no mention; those that reach the disk, the network or the process do.
 *
 * A folder may always import itself; `index` may import everything.
 */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { lineAt, readFromRoot, type SourceFile, sourceFile, sourceFiles } from '../support/sources.ts';

interface Layer {
  readonly names: readonly string[];
  readonly everything: boolean;
  readonly typesOfAnything: boolean;
  readonly imports: readonly string[];
  readonly contracts: readonly string[];
  readonly libraries: readonly string[];
}

interface Import {
  readonly specifier: string;
  readonly offset: number;
  readonly typeOnly: boolean;
}

const HEADER = '| folder | may import | libraries |';

/** Built-in modules through which a layer would touch the world behind its parameters. */
const WORLDLY =
  /^node:(?:fs|net|https?|http2|tls|dns|dgram|child_process|cluster|worker_threads|sqlite|os|process|readline|tty|timers|perf_hooks|inspector|repl|vm)(?:\/|$)/;

const TOP_LEVEL = ['errors', 'clock', 'retry', 'events'];

function layersOf(document: string): Layer[] {
  const lines = document.split('\n').map((line) => line.trim());
  const from = lines.indexOf(HEADER);
  assert.notEqual(from, -1, `ARCHITECTURE.md has no table that begins "${HEADER}"`);
  const rest = lines.slice(from + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end === -1 ? rest.length : end).map(layerOf);
}

function layerOf(row: string): Layer {
  const [folder = '', mayImport = '', libraries = ''] = row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.replace(/\([^)]*\)|[`*]/g, '').trim());
  const [imports = '', contracts = ''] = mayImport.split(/(?:and the )?contracts of /);
  const names = namesIn(folder);
  const typesOnly = /types only/.test(imports);
  return {
    names,
    everything: /everything/.test(imports),
    typesOfAnything: typesOnly,
    imports: typesOnly ? [...names, ...TOP_LEVEL] : namesIn(imports),
    contracts: namesIn(contracts),
    libraries: libraries.split(/,\s*/).filter((library) => library !== '' && library !== '—'),
  };
}

function namesIn(cell: string): string[] {
  return cell.match(/[a-z][a-z0-9-]*/g) ?? [];
}

/** `mirror` of `src/mirror/sync.ts`, `errors` of `src/errors.ts`. */
function layerNameOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}

/** Import and export declarations, and `import('…')`; what stands in comments and texts is none. */
function importsOf(file: SourceFile): Import[] {
  const declaration =
    /^[ \t]*(?:import|export)\s+(type\s)?(?:[\w*{},\s$]+?\sfrom\s+)?'([^'\n]+)'|\bimport\(\s*'([^'\n]+)'/gm;
  return [...file.text.matchAll(declaration)]
    .map((match) => ({
      specifier: match[2] ?? match[3] ?? '',
      offset: match.index + match[0].search(/import|export/),
      typeOnly: match[1] !== undefined || /\{\s*(?:type\s+\w[^,}]*,?\s*)+\}/.test(match[0]),
    }))
    .filter(({ offset }) => /^(?:import|export)/.test(file.code.slice(offset)));
}

function complaint(layer: Layer, file: SourceFile, found: Import): string | null {
  const { specifier } = found;
  const own = layerNameOf(file.path);
  if (layer.everything) return null;
  if (!specifier.startsWith('.')) {
    if (specifier.startsWith('node:') && !WORLDLY.test(specifier)) return null;
    const listed = layer.libraries.some((name) => specifier === name || specifier.startsWith(`${name}/`));
    return listed ? null : `a library of ${own}/: ${layer.libraries.join(', ') || 'there is none'}`;
  }
  const target = posix.join(posix.dirname(file.path), specifier);
  const name = layerNameOf(target);
  if (!target.startsWith('src/')) return 'a file below src/';
  if (name === own || layer.imports.includes(name)) return null;
  if (layer.typesOfAnything && found.typeOnly) return null;
  if (layer.contracts.includes(name) && (found.typeOnly || target.endsWith('/contract.ts'))) return null;
  return layer.contracts.includes(name)
    ? `its contract: a type, or ${name}/contract.ts`
    : `what the table of ARCHITECTURE.md allows ${own}: ${[...layer.imports, ...layer.contracts].join(', ')}`;
}

function complaintsAbout(layers: readonly Layer[], files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const own = layerNameOf(file.path);
    if (own === 'index') return [];
    const layer =
      layers.find(({ names }) => names.includes(own)) ??
      (TOP_LEVEL.includes(own) ? layers.find(({ typesOfAnything }) => typesOfAnything) : undefined);
    if (layer === undefined)
      return [`${file.path}:1: a folder without a layer is banned, use a row of its own`];
    return importsOf(file).flatMap((found) => {
      const remedy = complaint(layer, file, found);
      const line = lineAt(file.text, found.offset);
      return remedy === null ? [] : [`${file.path}:${line}: ${found.specifier} is banned, use ${remedy}`];
    });
  });
}

test('every import in src/ is allowed by the table of ARCHITECTURE.md', () => {
  const found = complaintsAbout(layersOf(readFromRoot('ARCHITECTURE.md')), sourceFiles());
  assert.equal(found.length, 0, `\n${found.join('\n')}`);
});

test('every row of the table names something that is there', () => {
  const there = new Set(sourceFiles().map(({ path }) => layerNameOf(path)));
  const missing = layersOf(readFromRoot('ARCHITECTURE.md')).flatMap(({ names }) =>
    names.filter((name) => !there.has(name)),
  );
  assert.deepEqual(missing, [], 'ARCHITECTURE.md has rows for what is not in src/');
});

test('a wrong import is found, with its line and what to use', () => {
  const layers = layersOf(
    [
      HEADER,
      '| --- | --- | --- |',
      '| errors, clock | types only | — |',
      '| pypi | errors | `pep440` |',
      '| upstream | pypi (names), errors, clock | undici, `node:net` |',
      '| mirror | pypi, errors and the *contracts* of upstream | p-queue |',
      '| cli | everything | commander |',
      '',
      'prose',
    ].join('\n'),
  );
  const complaintsOf = (path: string, text: string) => complaintsAbout(layers, [sourceFile(path, text)]);
  const allowed: readonly (readonly [string, string])[] = [
    ['src/errors.ts', "import type { X } from './pypi/types.ts';"],
    ['src/clock.ts', "import { X } from './errors.ts';"],
    ['src/retry.ts', "import { X } from './errors.ts';"],
    ['src/pypi/a.ts', "import { X } from './b.ts';\nimport { Y } from 'pep440';\nimport 'node:util';"],
    ['src/upstream/a.ts', "import net from 'node:net';\nimport { Y } from 'undici/sub';"],
    ['src/mirror/a.ts', "import type { X } from '../upstream/http.ts';"],
    ['src/mirror/a.ts', "import { X } from '../upstream/contract.ts';"],
    ['src/mirror/a.ts', "// import { X } from '../cli/main.ts';\nconst a = \"import('undici')\";"],
    ['src/cli/a.ts', "import fs from 'node:fs';\nimport { X } from '../mirror/sync.ts';"],
    ['src/index.ts', "export { X } from './mirror/sync.ts';"],
  ];
  for (const [path, text] of allowed) assert.deepEqual(complaintsOf(path, text), [], `${path}: ${text}`);
  const banned: readonly (readonly [string, string])[] = [
    ['src/errors.ts', "import { X } from './pypi/types.ts';"],
    ['src/pypi/a.ts', "import { X } from '../clock.ts';"],
    ['src/pypi/a.ts', "import { readFileSync } from 'node:fs/promises';"],
    ['src/pypi/a.ts', "import { X } from 'undici';"],
    ['src/pypi/a.ts', "export * from '../upstream/http.ts';"],
    ['src/mirror/a.ts', "import {\n  X,\n  Y,\n} from '../upstream/http.ts';"],
    ['src/mirror/a.ts', "import { type X, Y } from '../upstream/http.ts';"],
    ['src/mirror/a.ts', "const m = import('undici');"],
    ['src/other/a.ts', ''],
  ];
  for (const [path, text] of banned) assert.equal(complaintsOf(path, text).length, 1, `${path}: ${text}`);
  assert.deepEqual(complaintsOf('src/pypi/a.ts', "\nimport { X } from '../clock.ts';"), [
    'src/pypi/a.ts:2: ../clock.ts is banned, use what the table of ARCHITECTURE.md allows pypi: errors',
  ]);
});
