/** How this upstream tells what has changed: settled once a run, remembered, and never changed silently. */
import { JubjubError } from '../errors.ts';
import type { Serial } from '../pypi/types.ts';
import type { Dialect, UpstreamKind } from '../upstream/contract.ts';
import type { MirrorDeps } from './deps.ts';

/** What each kind reads, in words for people. */
const WORDS: Readonly<Record<UpstreamKind, string>> = {
  changelog: 'its changelog (XML-RPC)',
  list: 'the serials of its project list',
  poll: 'asking for each page again, for it has no serials',
};

/**
 * Recognizes the upstream and remembers what it is. When the operator has configured another kind than the one that
 * this mirror was made with, follows: between changelog and list nothing is lost, for their serials are the same; to or
 * from an upstream without serials everything is listed anew.
 *
 * @throws what recognizing throws: then nothing has been changed
 */
export async function settleDialect(deps: MirrorDeps, signal: AbortSignal): Promise<UpstreamKind> {
  const { catalogue, upstream } = deps;
  const before = catalogue.dialect();
  const dialect = await upstream.recognize(before, signal);
  if (before === null || !same(before, dialect)) {
    catalogue.atomically(() => {
      if (before !== null && hasSerials(before) !== hasSerials(dialect))
        catalogue.startOver(upstream.identity);
      catalogue.setDialect(dialect);
    });
    if (before !== null && before.kind !== dialect.kind) deps.emit(switched(before, dialect));
    deps.emit({ type: 'upstream', kind: dialect.kind, index: dialect.index, why: WORDS[dialect.kind] });
  }
  return dialect.kind;
}

function same(one: Dialect, other: Dialect): boolean {
  return one.kind === other.kind && one.index === other.index;
}

function hasSerials(dialect: Dialect): boolean {
  return dialect.kind !== 'poll';
}

function switched(before: Dialect, now: Dialect) {
  return {
    type: 'warning',
    code: 'UPSTREAM_KIND_CHANGED',
    message: `changes were learnt by "${before.kind}" until now, and are by "${now.kind}" from here on, as configured`,
  } as const;
}

/** The kind that was settled. Catalogues of tests that no run has touched count as `changelog`. */
export function kindOf(deps: Pick<MirrorDeps, 'catalogue'>): UpstreamKind {
  return deps.catalogue.dialect()?.kind ?? 'changelog';
}

/** A serial as it may be told: null of an upstream that has none, where the catalogue counts from 0 for itself. */
export function toldSerial(deps: Pick<MirrorDeps, 'catalogue'>, serial: Serial | null): Serial | null {
  return kindOf(deps) === 'poll' ? null : serial;
}

/** P7, trap 32: a head below ours is another upstream, or one restored from a backup, and nothing may be concluded from it. */
export function backwards(deps: MirrorDeps, known: Serial, head: Serial): JubjubError {
  const isList = kindOf(deps) === 'list';
  return new JubjubError('UPSTREAM_SERIAL_BACKWARDS', 'the upstream is older than this mirror', {
    url: deps.upstream.identity,
    expected: `a head serial of ${known} or more`,
    received: `head serial ${head}`,
    effect: 'nothing was changed',
    hint: isList
      ? 'a cache may still have an older list: try again later; if the upstream was replaced or restored, `jubjub sync --accept-upstream` takes it as it is now'
      : 'check the URL; if the upstream was restored from a backup, wait until it has caught up, or take it as it is now with `jubjub sync --accept-upstream`',
  });
}
