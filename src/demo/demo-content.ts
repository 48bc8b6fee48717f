/** What the built-in upstream holds: a dozen projects after Lewis Carroll's poems, and what happens to them later. */
import type { Recipe } from './distribution.ts';
import type { IndexState } from './index-state.ts';
import { makeSdist } from './sdist.ts';
import { makeWheel } from './wheel.ts';

interface Upload {
  readonly name: string;
  readonly version: string;
  /** The line that the module says. */
  readonly line: string;
  readonly as: readonly ('wheel' | 'sdist')[];
  readonly requires?: readonly string[];
  readonly requiresPython?: string;
}

const FIRST_ACT: readonly Upload[] = [
  { name: 'vorpal', version: '1.0', line: 'The vorpal blade went snicker-snack!', as: ['wheel', 'sdist'] },
  { name: 'Tulgey_Wood', version: '1.0', line: 'Came whiffling through the tulgey wood.', as: ['wheel'] },
  {
    name: 'jabberwock',
    version: '1.0',
    line: 'Beware the Jabberwock, my son!',
    as: ['wheel', 'sdist'],
    requires: ['tulgey-wood>=1.0'],
    requiresPython: '>=3.8',
  },
  {
    name: 'jabberwock',
    version: '1.1',
    line: 'The jaws that bite, the claws that catch!',
    as: ['wheel'],
    requires: ['tulgey-wood>=1.0', 'vorpal'],
    requiresPython: '>=3.8',
  },
  { name: 'tumtum-tree', version: '0.9', line: 'So rested he by the Tumtum tree.', as: ['sdist'] },
  { name: 'bandersnatch-toys', version: '2.0', line: 'Shun the frumious Bandersnatch!', as: ['wheel'] },
  { name: 'borogove', version: '1.0', line: 'All mimsy were the borogoves.', as: ['wheel', 'sdist'] },
  { name: 'mome-rath', version: '1.0', line: 'And the mome raths outgrabe.', as: ['wheel'] },
  { name: 'slithy.tove', version: '3.1', line: "'Twas brillig, and the slithy toves.", as: ['wheel'] },
  { name: 'snark', version: '1.0', line: 'For the Snark was a Boojum, you see.', as: ['wheel'] },
  { name: 'snark', version: '1.1', line: 'Just the place for a Snark!', as: ['wheel', 'sdist'] },
  {
    name: 'boojum',
    version: '1.0',
    line: 'He had softly and suddenly vanished away.',
    as: ['wheel'],
    requires: ['snark>=1.0'],
  },
  {
    name: 'beamish',
    version: '1.0',
    line: 'Come to my arms, my beamish boy!',
    as: ['wheel'],
    requires: ['jabberwock>=1.0', 'vorpal>=1.0'],
  },
  {
    name: 'beamish',
    version: '2.0',
    line: 'O frabjous day! Callooh! Callay!',
    as: ['wheel'],
    requires: ['jabberwock>=1.0'],
    requiresPython: '>=4',
  },
  { name: 'uffish', version: '0.1', line: 'And, as in uffish thought he stood.', as: ['wheel'] },
];

function recipeOf(upload: Upload): Recipe {
  const module = upload.name.replace(/[-_.]+/g, '_').toLowerCase();
  return {
    name: upload.name,
    version: upload.version,
    ...(upload.requires === undefined ? {} : { requires: upload.requires }),
    ...(upload.requiresPython === undefined ? {} : { requiresPython: upload.requiresPython }),
    modules: { [`${module}.py`]: `LINE = ${JSON.stringify(upload.line)}\n` },
  };
}

function publish(state: IndexState, upload: Upload): void {
  for (const kind of upload.as) {
    const recipe = recipeOf(upload);
    state.uploadFile(kind === 'wheel' ? makeWheel(recipe) : makeSdist(recipe));
  }
}

/** Fills an empty index: 12 projects, 19 files, one of their releases yanked. */
export function seedDemoIndex(state: IndexState): void {
  for (const upload of FIRST_ACT) publish(state, upload);
  state.yankRelease('snark', '1.0', 'it was a Boojum');
}

/** What happens upstream between two runs; each sentence tells one event. */
export function secondAct(state: IndexState): string[] {
  publish(state, {
    name: 'vorpal',
    version: '1.1',
    line: 'One, two! One, two! And through and through!',
    as: ['wheel', 'sdist'],
  });
  state.yankRelease('jabberwock', '1.1', 'slain; the head was left behind');
  state.removeFile('borogove-1.0.tar.gz');
  state.removeProject('mome-rath');
  return [
    'vorpal 1.1 is uploaded, as a wheel and an sdist',
    'jabberwock 1.1 is yanked: slain; the head was left behind',
    'borogove-1.0.tar.gz is removed',
    'the project mome-rath is removed',
  ];
}
