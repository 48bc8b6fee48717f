/** Where a verify stands: written down now and then, so that one that was interrupted can go on. */
import { JubjubError } from '../../errors.ts';
import { tryNormalizeName } from '../../pypi/names.ts';
import type { ProjectName } from '../../pypi/types.ts';
import { type Counts, type Finding, STEPS, type VerifyStep } from './damage.ts';
import type { VerifyOptions } from './options.ts';
import type { Checked } from './report.ts';
import { partText } from './subset.ts';

const VERSION = 1;

/** What is kept of the findings, so that the cursor and the memory stay small; all are counted. */
export const FINDINGS_KEPT_MAX = 1_000;

/** What a verify knows at a moment at which nothing is half done. */
export interface Standing {
  readonly step: VerifyStep;
  /** The last project that the step is done with; null: it has not begun. */
  readonly after: ProjectName | null;
  readonly checked: Checked;
  readonly damage: Counts;
  readonly repaired: Counts;
  readonly pending: number;
  /** The first ones. */
  readonly findings: readonly Finding[];
  /** Paths of files that only a missing row makes look like nobody's. */
  readonly claimed: readonly string[];
  /** What was found and not mended yet, of a repair. */
  readonly owed: readonly Finding[];
  /** Of all runs so far. */
  readonly durationMs: number;
}

/** What may not differ between a verify and the one that goes on with it. */
function signatureOf(options: VerifyOptions, identity: string | null): Record<string, unknown> {
  const { quick, subset, upstream, repair } = options;
  return { mirror: identity, quick, subset: subset === null ? null : partText(subset), upstream, repair };
}

export function cursorText(options: VerifyOptions, identity: string | null, standing: Standing): string {
  return `${JSON.stringify({ version: VERSION, options: signatureOf(options, identity), ...standing })}\n`;
}

/**
 * The standing that a cursor tells.
 * @throws USAGE_INVALID when it is of a verify with other options, or is no cursor
 */
export function standingOf(text: string, options: VerifyOptions, identity: string | null): Standing {
  const cursor = parsed(text);
  const wanted = JSON.stringify(signatureOf(options, identity));
  const given = JSON.stringify(cursor.options);
  if (given !== wanted) {
    throw refused('the interrupted verify had other options', { expected: given, received: wanted });
  }
  const { options: _options, version: _version, ...standing } = cursor;
  return standing;
}

/** `"pages, after numpy"`, for people. */
export function standingText({ step, after }: Pick<Standing, 'step' | 'after'>): string {
  return after === null ? `the begin of the step ${step}` : `step ${step}, after ${after}`;
}

type Cursor = Standing & { readonly version: number; readonly options: unknown };

function parsed(text: string): Cursor {
  let cursor: Partial<Cursor> | null;
  try {
    cursor = JSON.parse(text) as Partial<Cursor> | null;
  } catch {
    cursor = null;
  }
  const isOurs =
    cursor?.version === VERSION &&
    STEPS.includes(cursor.step as VerifyStep) &&
    (cursor.after === null || tryNormalizeName(cursor.after) === cursor.after) &&
    [cursor.checked, cursor.damage, cursor.repaired].every(
      (part) => typeof part === 'object' && part !== null,
    ) &&
    Array.isArray(cursor.findings) &&
    Array.isArray(cursor.claimed) &&
    Array.isArray(cursor.owed);
  if (isOurs) return cursor as Cursor;
  throw refused('what the interrupted verify has left cannot be used', {
    expected: `a cursor of version ${VERSION}`,
    received: text.slice(0, 80),
  });
}

function refused(
  message: string,
  facts: { readonly expected: string; readonly received: string },
): JubjubError {
  return new JubjubError('USAGE_INVALID', `${message}: nothing to resume`, {
    ...facts,
    effect: 'nothing was checked; the cursor stays',
    hint: 'type the options of the interrupted verify again, or leave --resume away to begin anew',
  });
}
