/**
 * `[files] platforms`: only wheels for one of these are kept, pure ones with `any`; after a `!`, wheels all of whose platforms it fits
 * are dropped. Eggs, Windows installers and dumb archives count where their names say a platform. Sources pass.
 */
import { platformTest } from '../../pypi/wheel-platforms.ts';
import { readEntries } from '../entries.ts';
import type { FileFacts } from '../facts.ts';
import { memo } from '../memo.ts';
import { eachFile, type FileRule } from '../rule.ts';
import { NO_TAGS, tagJudge } from './tags.ts';

export const platforms: FileRule = {
  table: 'files',
  key: 'platforms',
  settings: ['platforms'],
  prepare(values) {
    if (values.platforms.length === 0) return null;
    const judge = tagJudge(readEntries(values.platforms, remembering), 'platform');
    return eachFile((file) => {
      if (file.kind === 'wheel') return file.tags === null ? NO_TAGS : judge(file.tags.platforms);
      const platform = oldPlatformOf(file);
      return platform === null ? null : judge([platform]);
    });
  },
};

/** An index has a few dozen tags of platforms, a million times each. */
function remembering(entry: string): ((tag: string) => boolean) | null {
  const test = platformTest(entry);
  return test === null ? null : memo(test);
}

/** What distutils wrote into names: `linux-x86_64`, `macosx-10.9-x86_64`, `win32`, `win-amd64`. */
const OLD_PLATFORM =
  /[-.]((?:linux|macosx|win|cygwin|freebsd|openbsd|netbsd|solaris|sunos|aix)(?:32|[-_.][a-z0-9_.-]+?)?)(?:-py\d[\d.]*)?\.(?:egg|exe|msi|tar\.gz|tar\.bz2|tgz|zip)$/;

function oldPlatformOf({ kind, file }: FileFacts): string | null {
  if (kind !== 'egg' && kind !== 'wininst' && kind !== 'msi' && kind !== 'dumb') return null;
  const written = OLD_PLATFORM.exec(file.filename.toLowerCase())?.[1];
  return written === undefined ? null : written.replace(/[-.]/g, '_');
}
