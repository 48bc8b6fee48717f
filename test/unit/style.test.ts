/**
 * Goal: the house style that a machine can check, with a remedy in every message.
 * Method: each rule of one table is run over every file in src/, after it has caught its own bad example.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineAt, type SourceFile, sourceFile, sourceFiles } from '../support/sources.ts';

const FILE_LINES_MAX = 300;

interface Rule {
  readonly what: string;
  readonly use: string;
  /** Where the rule does not hold. */
  readonly except: readonly string[];
  /** Offsets of violations. */
  readonly find: (file: SourceFile) => number[];
  /** A file that the rule must catch, so that no rule is blind. */
  readonly bad: string;
}

const matches = (pattern: RegExp) => (file: SourceFile) =>
  [...file.code.matchAll(pattern)].map((match) => match.index);

const RULES: readonly Rule[] = [
  {
    what: 'a file without a responsibility',
    use: 'a first comment "/** One sentence. */" that says what the file is for',
    except: [],
    find: ({ text }) => (/^\/\*\*\s[\s\S]*?[.:]\s[\s\S]*?\*\//.test(text) ? [] : [0]),
    bad: 'export const x = 1;\n',
  },
  {
    what: `a file of more than ${FILE_LINES_MAX} lines`,
    use: 'two files, each with one responsibility',
    except: [],
    find: ({ text }) => (text.trimEnd().split('\n').length > FILE_LINES_MAX ? [text.length - 1] : []),
    bad: '\n;'.repeat(FILE_LINES_MAX + 1),
  },
  {
    what: 'console',
    use: 'an event (src/events.ts), which cli/ turns into text',
    except: [],
    find: matches(/\bconsole\s*[.[]/g),
    bad: 'console.log(1);',
  },
  {
    what: 'process',
    use: 'a parameter, which cli/ fills',
    except: ['src/cli/', 'src/demo/'],
    find: matches(/\bprocess\s*[.[]/g),
    bad: 'const x = process.env;',
  },
  {
    what: 'the time of day, a timer or chance',
    use: 'the Clock (src/clock.ts), so that tests decide',
    except: ['src/clock.ts'],
    find: matches(
      /\bDate\.now\b|\bnew Date\(|\bDate\(\)|\bset(?:Timeout|Interval|Immediate)\b|\bMath\.random\b|\bperformance\.now\b|\bAbortSignal\.timeout\b/g,
    ),
    bad: 'const x = Date.now();',
  },
  {
    what: 'async in a pure folder',
    use: 'a pure function, and let mirror/ or upstream/ do the waiting',
    except: [],
    find: (file) =>
      /^src\/(?:pypi|selection)\//.test(file.path) ? matches(/\b(?:async|await|Promise)\b/g)(file) : [],
    bad: 'export async function x() {}',
  },
];

const FILES = sourceFiles();

function complaints(rule: Rule, file: SourceFile): string[] {
  if (rule.except.some((prefix) => file.path.startsWith(prefix))) return [];
  return rule
    .find(file)
    .map((offset) => `${file.path}:${lineAt(file.text, offset)}: ${rule.what} is banned, use ${rule.use}`);
}

for (const rule of RULES) {
  test(`${rule.what} is found in an example and nowhere in src/`, () => {
    assert.notDeepEqual(complaints(rule, sourceFile('src/pypi/bad.ts', rule.bad)), [], 'the rule is blind');
    const found = FILES.flatMap((file) => complaints(rule, file));
    assert.equal(found.length, 0, `\n${found.join('\n')}`);
  });
}

test('words in comments, texts and patterns break no rule, and code after them still does', () => {
  const text = [
    '/** About console.log and `async`. */',
    "const a = 'console.log(1)'; // console.log",
    `const b = /["'\`]console.x/.test(a) ? \`console.\${a}\` : "";`,
    `const c = \`\${console.name}\`; console.log(b);`,
  ].join('\n');
  const rule = RULES.find(({ what }) => what === 'console');
  assert.ok(rule);
  const lines = complaints(rule, sourceFile('src/x.ts', text)).map((line) => line.split(':')[1]);
  assert.deepEqual(lines, ['4', '4']);
});
