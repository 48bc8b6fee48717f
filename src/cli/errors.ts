/** How an error reads: for people as an aligned block of facts, for programs as one JSON object. */
import { asJubjubError, type ErrorFacts, type JubjubError } from '../errors.ts';
import type { Style } from './style.ts';
import { printable } from './text.ts';

const FACTS = [
  'url',
  'path',
  'expected',
  'received',
  'effect',
  'hint',
] as const satisfies (keyof ErrorFacts)[];
const LABEL_WIDTH = 10;
const CAUSES_MAX = 5;

export interface ErrorView {
  readonly style: Style;
  /** Shows causes with their stacks; of a bug they are always shown. */
  readonly verbose: boolean;
}

/** The block for stderr, ending in a newline; several problems in one error (an AggregateError as its cause) are a block each. */
export function renderError(error: JubjubError, view: ErrorView): string {
  const problems = problemsOf(error);
  if (problems.length > 0) return problems.map((problem) => renderError(problem, view)).join('\n');
  const { style } = view;
  const label = (name: string) => style.dim(`  ${name.padEnd(LABEL_WIDTH)}`);
  const lines = [`${style.red('error:')} ${style.bold(printable(error.message))}`];
  for (const name of FACTS) {
    const fact = error.facts[name];
    if (fact !== undefined) lines.push(`${label(name)}${printable(fact)}`);
  }
  lines.push(`${label('code')}${error.code}`);
  if (view.verbose || error.code === 'INTERNAL') {
    for (const cause of causesOf(error)) {
      const [first = '', ...stack] = cause.split('\n');
      lines.push(`${label('cause')}${printable(first)}`);
      lines.push(...stack.map((line) => style.dim(`  ${''.padEnd(LABEL_WIDTH)}${printable(line)}`)));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The object for `--json`: code, message, exit status and the facts. */
export function errorObject(error: JubjubError): Record<string, unknown> {
  const facts = Object.entries(error.facts).filter(([name]) => name !== 'cause' && name !== 'retryable');
  const problems = problemsOf(error);
  return {
    type: 'error',
    code: error.code,
    message: printable(error.message),
    exitStatus: error.exitStatus,
    ...Object.fromEntries(
      facts.map(([name, fact]) => [name, typeof fact === 'string' ? printable(fact) : fact]),
    ),
    ...(problems.length === 0 ? {} : { problems: problems.map(errorObject) }),
  };
}

function problemsOf(error: JubjubError): JubjubError[] {
  return error.cause instanceof AggregateError ? error.cause.errors.map(asJubjubError) : [];
}

/** Each cause below the error, with its stack where it has one; an end is put to circles. */
function causesOf(error: JubjubError): string[] {
  const causes: string[] = [];
  for (let at = error.cause; at !== undefined && causes.length < CAUSES_MAX; ) {
    causes.push(at instanceof Error ? (at.stack ?? String(at)) : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return causes;
}
