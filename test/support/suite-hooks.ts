/** Cleaning up after a whole suite for helpers that are made for a single test. */
import { after, type TestContext } from 'node:test';

/**
 * To be called in the body of `describe`: what is registered here, in a `before` hook for example, runs after the suite,
 * the last one first. (Node's own `after` inside a hook would run at the end of that hook.)
 */
export function suiteHooks(): Pick<TestContext, 'after'> {
  const hooks: (() => unknown)[] = [];
  after(async () => {
    for (const hook of hooks.reverse()) await hook();
  });
  return { after: (hook: unknown) => void hooks.push(hook as () => unknown) };
}
