/** Everything that is fuzzed, by name. */
import { ARCHIVE_LAWS, ARCHIVE_PARSERS } from './archives.ts';
import { CONFIG_PARSERS } from './config.ts';
import { growthTarget } from './growth.ts';
import { HTTP_LAWS, HTTP_PARSERS } from './http.ts';
import { PAGE_LAWS, PAGE_PARSERS } from './pages.ts';
import { type FuzzTarget, type Law, lawTarget, type TextParser } from './parser.ts';
import { REQUIREMENT_PARSERS } from './requirement-files.ts';
import { inputsOf } from './texts.ts';
import { VALUE_PARSERS } from './values.ts';
import { XMLRPC_LAWS, XMLRPC_PARSERS } from './xmlrpc.ts';

export const PARSERS: readonly TextParser[] = [
  ...XMLRPC_PARSERS,
  ...PAGE_PARSERS,
  ...ARCHIVE_PARSERS,
  ...HTTP_PARSERS,
  ...VALUE_PARSERS,
  ...CONFIG_PARSERS,
  ...REQUIREMENT_PARSERS,
];

function targetOf(parser: TextParser): FuzzTarget {
  const { name, eats, documents, words } = parser;
  const law: Law<string> = {
    name,
    eats,
    inputs: inputsOf(documents, words),
    check: (text) => parser.eat(text),
  };
  return lawTarget(law);
}

/** Laws over more than one text. */
export const LAWS: readonly FuzzTarget[] = [
  ...XMLRPC_LAWS.map((law) => lawTarget(law as Law<unknown>)),
  ...PAGE_LAWS.map((law) => lawTarget(law as Law<unknown>)),
  ...ARCHIVE_LAWS.map((law) => lawTarget(law as Law<unknown>)),
  ...HTTP_LAWS.map((law) => lawTarget(law as Law<unknown>)),
];

export const PARSER_TARGETS: readonly FuzzTarget[] = PARSERS.map(targetOf);
export const GROWTH_TARGETS: readonly FuzzTarget[] = PARSERS.map(growthTarget);

export const TARGETS: readonly FuzzTarget[] = [...PARSER_TARGETS, ...LAWS, ...GROWTH_TARGETS];
