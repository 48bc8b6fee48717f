/** A sound catalogue of two projects, for tests that break one thing in it. */
import type { TestContext } from 'node:test';
import { DEMO, distFile, hideAll, newCatalogue, OTHER, publish } from './catalogue-kit.ts';
import { withTempDir } from './temp.ts';

export const SHOWN = { ...distFile('demo-1.0.tar.gz'), metadataSha256: distFile('m').sha256 };
export const GONE = distFile('demo-0.9.tar.gz');
export const BURIED = distFile('demo-0.8.tar.gz');
export const THEIRS = distFile('other-1.0.tar.gz');
export const VALIDATOR = { etag: '"e"', encoding: 'gzip' } as const;

/** Two projects; one of them with a file in each state, and one in the trash. */
export async function soundCatalogue(t: TestContext) {
  const made = newCatalogue(t, withTempDir(t));
  const { catalogue } = made;
  await publish(catalogue, 1000, DEMO, [SHOWN, GONE, BURIED]);
  await publish(catalogue, 2000, DEMO, [SHOWN, GONE]);
  hideAll(catalogue, 2000);
  const api = { serial: 5, validator: VALIDATOR, sha256: SHOWN.sha256 };
  await publish(catalogue, 3000, DEMO, [SHOWN], { validator: VALIDATOR, api });
  await publish(catalogue, 3000, OTHER, [THEIRS]);
  catalogue.addDue(
    [DEMO, OTHER].map((name) => ({
      name,
      displayName: null,
      first: 1,
      required: 1,
      removed: null,
      takedowns: [],
      replan: false,
      source: 'changelog' as const,
    })),
  );
  return made;
}
