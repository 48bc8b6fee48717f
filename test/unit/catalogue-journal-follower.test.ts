/**
 * Goal: a follower that asks for what has changed since its last row misses nothing, whatever is pending or half done.
 * Method: a random history, a mirror of it and a follower of that mirror, step by step.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Serial } from '../../src/pypi/types.ts';
import fc from '../support/properties.ts';
import { TestCatalogue } from '../support/serve-catalogue.ts';

/** Upstream's history, our mirror of it, and a follower of ours. Each event's serial is its place in the history. */
class Chain {
  readonly catalogue: TestCatalogue;
  /** What upstream says of each project: the serial of its last event, negative when that removed it. */
  readonly upstream = new Map<string, number>();
  /** The serials of the pages that we show; 0 for a project that is gone. */
  readonly ours = new Map<string, number>();
  readonly followers = new Map<string, number>();
  /** Events that we have not brought: the first one of each project. */
  readonly owed = new Map<string, Serial>();
  head: Serial = 0;
  cursor: Serial = 0;

  constructor(t: Pick<TestContext, 'after'>) {
    this.catalogue = new TestCatalogue(t);
    this.catalogue.serial(0);
  }

  event(name: string, removes: boolean): void {
    this.head += 1;
    this.upstream.set(name, removes ? -this.head : this.head);
    if (!this.owed.has(name)) this.owed.set(name, this.head);
  }

  /** A run of ours: every project with events is brought as upstream has it, or becomes pending. */
  sync(fails: (name: string) => boolean): void {
    for (const [name, first] of [...this.owed]) {
      const state = this.upstream.get(name) ?? 0;
      this.catalogue.settled(name);
      if (fails(name)) {
        this.catalogue.pending(name, first, Math.max(0, state), state < 0 ? -state : null);
        continue;
      }
      if (state > 0) this.catalogue.published(name, state);
      else this.catalogue.withdrawn(name, -state);
      this.ours.set(name, Math.max(0, state));
      this.owed.delete(name);
    }
    this.catalogue.serial(this.head);
  }

  /** The follower looks at what each row names, as it is with us now, and notes the last row. */
  follow(): void {
    for (const row of this.catalogue.read((journal) => [...journal.since(this.cursor, 3)])) {
      assert.ok(row.serial > this.cursor, 'rows ascend');
      if (row.name) this.followers.set(row.name, this.ours.get(row.name) ?? 0);
      this.cursor = row.serial;
    }
  }
}

test('whenever a follower looks, in the end it has what we have', (t) => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('event' as const), name, removes: fc.boolean() }),
    fc.record({ kind: fc.constant('sync' as const), failing: fc.subarray(['a', 'b', 'c', 'd']) }),
    fc.record({ kind: fc.constant('follow' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const chain = new Chain(t);
      for (const one of steps) {
        if (one.kind === 'event') chain.event(one.name, one.removes);
        else if (one.kind === 'sync') chain.sync((name) => one.failing.includes(name));
        else chain.follow();
      }
      chain.sync(() => false);
      for (let at = 0; at <= steps.length; at++) chain.follow();
      for (const [name, shown] of chain.ours) assert.equal(chain.followers.get(name) ?? 0, shown, name);
      assert.equal(chain.cursor, chain.head, 'and knows how far it is');
    }),
    { numRuns: 200 },
  );
});
