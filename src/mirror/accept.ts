/** `--accept-upstream`: this mirror goes on with an upstream that has moved to another address, or was set back. */
import type { MirrorDeps } from './deps.ts';
import { type RemovalsAllowed, readList, refuseImplausible } from './listing.ts';

/**
 * Takes over the upstream of the configuration, when it is not the one that this mirror was made from, or its serials lie
 * below ours: forgets serials and validators, keeps what is published, and leaves the rest to a first sync, which asks for
 * every page and confirms every absence. An upstream that lacks half of what we publish is refused before anything
 * is forgotten, unless that many removals are allowed. A new mirror belongs to it from here on.
 *
 * @throws UPSTREAM_LIST_IMPLAUSIBLE, and what asking throws: then nothing has been changed
 */
export async function acceptUpstream(
  deps: MirrorDeps,
  allowed: RemovalsAllowed,
  signal: AbortSignal,
): Promise<void> {
  const { catalogue, upstream } = deps;
  const before = catalogue.identity();
  if (before === null) catalogue.bind(upstream.identity);
  const moved = before !== null && before !== upstream.identity;
  const dialect = await upstream.recognize(moved ? null : catalogue.dialect(), signal);
  const known = catalogue.progress().discovered;
  if (known === null && !moved) return;
  const listing = await upstream.projects(signal);
  // The list is read to its end before anything else is asked: its serial may be that of its entries only.
  const { serial } = await readList(deps, listing, () => {});
  const head = dialect.kind === 'changelog' ? await upstream.head(signal) : serial;
  const isBack = dialect.kind !== 'poll' && head !== null && known !== null && head < known;
  if (!moved && !isBack) {
    deps.emit({
      type: 'warning',
      code: 'UPSTREAM_UNMOVED',
      message: 'there is nothing to accept: the upstream is the one that this mirror was made from',
    });
    return;
  }
  refuseImplausible(deps, null, allowed);
  catalogue.atomically(() => {
    catalogue.startOver(upstream.identity);
    catalogue.setDialect(dialect);
  });
  const what = moved ? `${upstream.identity} in place of ${before}` : `a head of ${head}, below ${known}`;
  deps.emit({
    type: 'warning',
    code: 'UPSTREAM_ACCEPTED',
    message: `this mirror goes on with ${what}: every project is asked for again`,
  });
}
