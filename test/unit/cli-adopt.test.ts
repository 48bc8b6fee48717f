/**
 * Goal: the summary of an adoption says what was taken, what was not and why, and what to type next.
 * Method: summaries written by hand, read as the text that they become.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderAdoption } from '../../src/cli/display/adopt.ts';
import { PLAIN } from '../../src/cli/style.ts';
import type { AdoptSummary } from '../../src/mirror/adopt-report.ts';

const DONE: AdoptSummary = {
  exitStatus: 0,
  dryRun: false,
  mode: 'link',
  projects: 3,
  files: 40,
  bytes: 81_920,
  filesBefore: 0,
  leftOut: {},
  unwanted: { projects: 0, pages: 0 },
  others: 0,
  durationMs: 2_000,
};

test('an adoption that took everything says how, how much and what comes next', () => {
  assert.equal(
    renderAdoption(DONE, PLAIN),
    `adopt: done (exit status 0)
  how        hard links; the old tree stays as it is
  projects   3
  files      40 (81.9 kB)
  took       2.0 s (41 kB/s)
  next       jubjub sync fetches pages, and the files that are missing
`,
  );
});

test('what was left out is told by reason, with the first names, and control characters are not printed', () => {
  const text = renderAdoption(
    {
      ...DONE,
      mode: 'in-place',
      filesBefore: 1,
      leftOut: {
        damaged: { count: 1, names: ['a\u001b[31m.whl'] },
        missing: { count: 7, names: ['b', 'c'] },
      },
      others: 1,
    },
    PLAIN,
  );
  assert.match(text, /^ {2}before {5}1 file taken over by an earlier run$/m);
  assert.match(text, /^ {2}left out {3}1 file is not what its page promises: a\\u\{1b\}\[31m\.whl$/m);
  assert.match(text, /^ {13}7 listed files are not there: b, c, …$/m);
  assert.match(text, /^ {2}others {5}1 other entry, .*: jubjub prune --sweep lists them$/m);
});

test('pages that left the docroot are told, with what finds the files that stay', () => {
  const unwanted = { projects: 1, pages: 3 };
  const text = renderAdoption({ ...DONE, mode: 'in-place', unwanted }, PLAIN);
  assert.match(text, /^ {2}removed {4}3 pages of 1 project not selected; their files stay$/m);
  assert.match(text, /next {7}jubjub sync fetches .*; after it, jubjub prune --sweep shows the files/);
  const dry = renderAdoption({ ...DONE, mode: 'in-place', unwanted, dryRun: true }, PLAIN);
  assert.match(
    dry,
    /removed {4}3 pages of 1 project not selected would leave the docroot; files would stay$/m,
  );
});

test('a dry run and an interruption say so, and how to go on', () => {
  const dry = renderAdoption({ ...DONE, dryRun: true }, PLAIN);
  assert.match(dry, /^dry run: this would be taken over, by name and size; nothing was changed\n/);
  assert.match(dry, /next {7}jubjub adopt does it\n$/);
  const cut = renderAdoption({ ...DONE, exitStatus: 130 }, PLAIN);
  assert.match(cut, /^adopt: interrupted; .* \(exit status 130\)\n/);
  assert.match(cut, /next {7}run jubjub adopt again; it goes on from here\n$/);
});
