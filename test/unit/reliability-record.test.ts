/**
 * Goal: the fault record shows what the scripts measured, all of it and nothing else, and a new number never costs the text.
 * Method: records are rendered into pages whose text is known; and the document of this checkout is held against its data.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type FaultRecord, type Records, renderPage, renderRecords } from '../long/record.ts';

const SIM: FaultRecord = {
  id: 'sim',
  command: 'npm run sim:long -- --seeds 12345',
  date: '2031-02-03',
  facts: [
    ['seeds run', 12_345],
    ['violations', 0],
  ],
  tables: [
    {
      title: 'What was hit',
      columns: ['fault', 'place file'],
      rows: [
        ['kill | power cut', 1200],
        ['a name\nof two lines', 7],
      ],
    },
  ],
};

const TEXT = '# The fault record\n\nWords, and <!-- a remark -->.\n\n';

test('each number stands in the table with the command that makes it again, and when it was measured', () => {
  const text = renderRecords({ sim: SIM });
  for (const line of [
    '| Simulation | seeds run | 12,345 | `npm run sim:long -- --seeds 12345` | 2031-02-03 |',
    '| Simulation | violations | 0 | `npm run sim:long -- --seeds 12345` | 2031-02-03 |',
    '| Mutants | not measured yet |  | `npm run mutants -- --record` |  |',
  ])
    assert.ok(text.split('\n').includes(line), `${line} is not in:\n${text}`);
});

test('a table keeps its columns whatever its cells hold, and numbers stand to the right', () => {
  const text = renderRecords({ sim: SIM });
  const table = text.slice(text.indexOf('| fault |')).trimEnd();
  assert.deepEqual(table.split('\n'), [
    '| fault | place file |',
    '| --- | ---: |',
    '| kill \\| power cut | 1,200 |',
    '| a name of two lines | 7 |',
  ]);
});

test('a new record replaces the generated part and keeps the text above it', () => {
  const first = renderPage(TEXT, { sim: SIM });
  assert.ok(first.startsWith(TEXT));
  const later = { sim: { ...SIM, facts: [['seeds run', 99]] } } as const;
  const second = renderPage(first, later);
  assert.equal(second, renderPage(TEXT, later));
  assert.doesNotMatch(second, /12,345 \| `/);
  assert.equal(renderPage(second, later), second, 'rendering twice is rendering once');
});

test('docs/reliability.md is what docs/reliability.json renders to', () => {
  const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  const page = read('reliability.md');
  assert.equal(page, renderPage(page, JSON.parse(read('reliability.json')) as Records));
});
