/** Installable files for tests, made on the fly. */

export type { Distribution, Recipe } from '../../src/demo/distribution.ts';
export { makeSdist } from '../../src/demo/sdist.ts';
export { makeWheel, type Wheel } from '../../src/demo/wheel.ts';
