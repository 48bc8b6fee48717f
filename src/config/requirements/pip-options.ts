/** The options that requirement files may have: what each means for a mirror, and what is written on a line. */
import { nearest } from '../nearest.ts';
import { badFile, type TextFile } from './entry.ts';
import { wordsOf } from './pip-lines.ts';

/** What an option means here; most tell pip how to install, which is nothing to a mirror. */
type Meaning = 'include' | 'constrain' | 'editable' | 'other-index' | 'hash' | 'nothing';

interface OptionForm {
  readonly means: Meaning;
  readonly takesValue: boolean;
}

const WITH_VALUE: Readonly<Record<string, Meaning>> = {
  '-r': 'include',
  '--requirement': 'include',
  '-c': 'constrain',
  '--constraint': 'constrain',
  '-e': 'editable',
  '--editable': 'editable',
  '--extra-index-url': 'other-index',
  '-f': 'other-index',
  '--find-links': 'other-index',
  '--hash': 'hash',
  '-i': 'nothing',
  '--index-url': 'nothing',
  '--pypi-url': 'nothing',
  '--no-binary': 'nothing',
  '--only-binary': 'nothing',
  '--trusted-host': 'nothing',
  '--use-feature': 'nothing',
  '--config-settings': 'nothing',
  '--config-setting': 'nothing',
  '-C': 'nothing',
  '--global-option': 'nothing',
  '--install-option': 'nothing',
};

const FLAGS = [
  '--no-index',
  '--prefer-binary',
  '--require-hashes',
  '--pre',
  '--process-dependency-links',
  '--always-unzip',
  '-Z',
];

const FORMS: ReadonlyMap<string, OptionForm> = new Map<string, OptionForm>([
  ...Object.entries(WITH_VALUE).map(([name, means]) => [name, { means, takesValue: true }] as const),
  ...FLAGS.map((name) => [name, { means: 'nothing', takesValue: false }] as const),
]);

export interface PipOption {
  readonly means: Meaning;
  readonly name: string;
  readonly value: string;
}

/** The options on a line. @throws CONFIG_INVALID for one that pip does not know either, or that lacks its value */
export function pipOptions(file: TextFile, line: number, text: string): PipOption[] {
  const words = wordsOf(text);
  const found: PipOption[] = [];
  for (let at = 0; at < words.length; at++) {
    const { name, given } = apart(words[at] as string);
    const form = FORMS.get(name);
    if (form === undefined) throw unknownOption(file, line, name);
    const value = form.takesValue ? (given ?? words[++at]) : '';
    if (value === undefined)
      throw badFile(file, line, { expected: `a value of ${name}`, received: 'nothing' });
    found.push({ means: form.means, name, value });
  }
  return found;
}

/** `--name=value`, `-rvalue`, or a name alone. */
function apart(word: string): { readonly name: string; readonly given: string | undefined } {
  const long = /^(--[^=]+)=(.*)$/s.exec(word);
  if (long !== null) return { name: long[1] as string, given: long[2] as string };
  const short = /^(-[A-Za-z])(.+)$/s.exec(word);
  if (short !== null) return { name: short[1] as string, given: short[2] as string };
  return { name: word, given: undefined };
}

function unknownOption(file: TextFile, line: number, name: string) {
  const near = nearest(name, [...FORMS.keys()]);
  return badFile(file, line, {
    expected:
      near === null
        ? 'a requirement, or an option that pip has for requirement files'
        : `${near}, the nearest known`,
    received: name,
  });
}
