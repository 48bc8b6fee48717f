/** What `jubjub explain` does once its command line is understood. */
import { loadConfig } from '../config/load.ts';
import { nearest } from '../config/nearest.ts';
import { JubjubError } from '../errors.ts';
import { explainProject } from '../mirror/explain/explain.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import type { ProjectName } from '../pypi/types.ts';
import type { CliContext } from './context.ts';
import { renderExplanation } from './display/explain.ts';
import { openMirrorToLook } from './open-mirror.ts';
import { jsonText } from './text.ts';

export interface ExplainOptions {
  /** Absolute. */
  readonly configFile: string;
  /** As it was typed. */
  readonly project: string;
  /** A version or a filename; null: the whole project. */
  readonly what: string | null;
}

/** Prints the explanation, beside a running sync and without the network. Whatever the answer is, the exit status is 0. */
export async function runExplain(options: ExplainOptions, context: CliContext): Promise<number> {
  const name = nameOf(options.project);
  const { settings } = loadConfig(options.configFile);
  const { clock, emit, io, output, print, style } = context;
  const mirror = await openMirrorToLook(settings, { clock, emit, env: io.env });
  context.io.keepHeapSmall?.();
  try {
    const explanation = explainProject({ ...mirror.deps, nearest }, name, options.what, clock.now());
    print(
      output.json
        ? `${jsonText({ type: 'explanation', ...explanation })}\n`
        : renderExplanation(explanation, { style, verbose: output.verbose }),
    );
    return 0;
  } finally {
    await mirror.close();
  }
}

function nameOf(raw: string): ProjectName {
  const name = tryNormalizeName(raw);
  if (name !== null) return name;
  throw new JubjubError('USAGE_INVALID', 'explain wants the name of a project', {
    received: raw,
    effect: 'nothing was touched',
    hint: 'letters, digits, and - _ . in between; a version or a file name comes behind it',
  });
}
