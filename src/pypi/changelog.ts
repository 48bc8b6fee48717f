/** What a changelog row means for a mirror: every action that PyPI writes or ever wrote (protocol §1.7). */
import type { ChangelogRow, RowEffect } from './types.ts';

const NONE: RowEffect = { kind: 'none' };
const PAGE: RowEffect = { kind: 'page' };

/** Only rows without a version: an upload's free-text Python version could be "Owner". */
const ROLE = /^(?:add|remove|change|accepted|invite|revoke_invite) (?:Owner|Maintainer) /;

/** Rows about things that were never on a page: documentation hosting and signing keys, both long gone. */
const INVISIBLE: ReadonlySet<string> = new Set(['docupdate', 'docdestroy', 'keyrotate']);

/** Actions on a whole project; PyPI writes them without a version. */
const ON_PROJECT: ReadonlyMap<string, RowEffect> = new Map<string, RowEffect>([
  ['remove project', { kind: 'remove-project' }],
  ['project quarantined', { kind: 'quarantine-project' }],
  ['project quarantine cleared', { kind: 'clear-project' }],
]);

/** Actions on the release that the row's version names; `remove` is how it was written until 2018. */
const ON_RELEASE: ReadonlyMap<string, (version: string) => RowEffect> = new Map<
  string,
  (version: string) => RowEffect
>([
  ['remove', (version) => ({ kind: 'remove-release', version })],
  ['remove release', (version) => ({ kind: 'remove-release', version })],
  ['release quarantined', (version) => ({ kind: 'quarantine-release', version })],
  ['release quarantine cleared', (version) => ({ kind: 'clear-release', version })],
]);

/**
 * The effect of one row. Whatever is not understood for certain means "the page changed": that costs one
 * conditional request, where a wrong "nothing" would lose a change and a wrong "removed" would lose a project.
 */
export function effectOf(row: Pick<ChangelogRow, 'action' | 'version'>): RowEffect {
  const { action, version } = row;
  if (action === null) return PAGE;
  if (INVISIBLE.has(action.trimEnd())) return NONE;
  if (!version && ROLE.test(action)) return NONE;
  if (action === 'remove' && version === null) return { kind: 'remove-project' };
  const onProject = ON_PROJECT.get(action);
  if (onProject !== undefined) return onProject;
  const onRelease = ON_RELEASE.get(action);
  if (onRelease !== undefined) return version ? onRelease(version) : PAGE;
  const removedFile = /^remove file (.+)$/su.exec(action)?.[1];
  if (removedFile !== undefined)
    return { kind: 'remove-file', filename: decodeNonAsciiReferences(removedFile) };
  return PAGE;
}

/** PyPI writes non-ASCII characters as decimal references into the text itself, before any XML (protocol §1.4). */
function decodeNonAsciiReferences(text: string): string {
  return text.replace(/&#([0-9]{3,7});/g, (reference, digits: string) => {
    const codePoint = Number(digits);
    const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    return codePoint > 0x7f && codePoint <= 0x10ffff && !isSurrogate
      ? String.fromCodePoint(codePoint)
      : reference;
  });
}
