/** Which files of a project are asked for, where not all of it is wanted. */

import { shown } from '../pypi/quote.ts';
import { type Matches, specifierTest } from '../pypi/specifiers.ts';
import type { Sha256 } from '../pypi/types.ts';
import type { Ask } from './asks.ts';
import type { FileFacts } from './facts.ts';
import { memo } from './memo.ts';
import { type Finding, NO_PEP_440, NO_RELEASE } from './rule.ts';
import { shownList } from './shown-list.ts';

const testOf: (specifier: string) => Matches | null = memo(specifierTest);

/** A file is kept when any of the asks asks for it: exactly it, or its release. */
export function askJudge(asks: readonly Ask[]): (file: FileFacts) => Finding {
  const byRelease = testsOf(asks.filter(({ sha256s }) => sha256s.length === 0));
  const byFile = asks.filter(({ sha256s }) => sha256s.length > 0);
  const exact = new Set<Sha256>(byFile.flatMap(({ sha256s }) => sha256s));
  const maybeExact = testsOf(byFile);
  const value = shownList(asks.map(shownAsk));
  return (facts) => {
    const { sha256 } = facts.file;
    if (sha256 !== null && exact.has(sha256)) return null;
    const version = facts.release?.version ?? '';
    let isUnsure = false;
    const isAsked = byRelease.some((test) => {
      const answer = test(version);
      isUnsure ||= answer === null;
      return answer === true;
    });
    if (isAsked) return null;
    if (isUnsure) return facts.release === null ? NO_RELEASE : NO_PEP_440;
    if (sha256 === null && maybeExact.some((test) => test(version) !== false))
      return { unsure: 'it has no sha256, and single files are asked for', about: 'file' };
    return { value, why: facts.release === null ? 'this file' : `version ${shown(version)}` };
  };
}

/** What are no specifiers never can tell. */
function testsOf(asks: readonly Ask[]): readonly Matches[] {
  return [...new Set(asks.map(({ specifier }) => specifier))].map((text) => testOf(text) ?? (() => null));
}

function shownAsk({ specifier, sha256s, by }: Ask): string {
  const what = sha256s.length > 0 ? 'single files' : specifier;
  return what === '' ? by : `${what} (${by})`;
}
