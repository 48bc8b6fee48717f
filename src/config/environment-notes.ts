/** Rules of files that leave nothing for the environments that dependencies are followed for, or no wheel of pure Python. */
import { platformTest, readFamily } from '../pypi/wheel-platforms.ts';
import { splitEntry } from '../selection/entries.ts';
import type { Environment, FileRules } from '../selection/settings.ts';

/** Nearly everybody who names platforms wants what runs on all of them, too. */
export function keepsNoPureWheel(where: string, entries: readonly string[]): string[] {
  const parts = entries.map(splitEntry);
  if (parts.every(({ blocks }) => blocks) || isKept(entries, 'any')) return [];
  return [`${where} leaves out every wheel of pure Python: add "any" if these are wanted`];
}

/** Told of all environments together: some of them may be meant to be served less well. */
export function servesNoEnvironment(
  where: string,
  { platforms = [], python = [] }: Partial<FileRules>,
  environments: readonly Environment[],
): string[] {
  if (environments.length === 0) return [];
  const note = (key: string) =>
    `${where} ${key} wants none of the [[environment]]s: what they need may be left out`;
  const notes: string[] = [];
  if (environments.every(({ platform }) => !tagsOf(platform).some((tag) => isKept(platforms, tag))))
    notes.push(note('platforms'));
  if (environments.every((one) => !isPythonKept(python, one.python))) notes.push(note('python'));
  return notes;
}

function isKept(entries: readonly string[], tag: string): boolean {
  const parts = entries.map(splitEntry);
  const fits = ({ text }: { readonly text: string }) => platformTest(text)?.(tag) === true;
  const keep = parts.filter(({ blocks }) => !blocks);
  return (keep.length === 0 || keep.some(fits)) && !parts.some((part) => part.blocks && fits(part));
}

/** Tags of wheels that may run there, old and new ones: enough of them to find out what a list leaves. */
function tagsOf(platform: string): string[] {
  const family = readFamily(platform);
  const machine = family?.machine ?? '';
  const more: Readonly<Record<string, readonly string[]>> = {
    linux: [
      ...[`manylinux1_${machine}`, `manylinux2014_${machine}`],
      ...[`manylinux_2_28_${machine}`, `musllinux_1_1_${machine}`, `musllinux_1_2_${machine}`],
    ],
    macos: [`macosx_10_9_${machine}`, `macosx_11_0_${machine}`, 'macosx_10_9_universal2'],
  };
  return [platform, 'any', ...(more[family?.system ?? ''] ?? [])];
}

/** `3` covers `3.12`. */
function isPythonKept(entries: readonly string[], python: string): boolean {
  const [minor = python] = /^\d+\.\d+/.exec(python) ?? [];
  const covers = ({ text }: { readonly text: string }) => minor === text || minor.startsWith(`${text}.`);
  const parts = entries.map(splitEntry);
  const keep = parts.filter(({ blocks }) => !blocks);
  return (keep.length === 0 || keep.some(covers)) && !parts.some((part) => part.blocks && covers(part));
}
