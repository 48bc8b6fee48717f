/** An index on loopback that carries on from where a scaled mirror stands: its changelog goes on, and nothing but a few projects ever changes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../src/catalogue/database.ts';
import { startOrigin } from '../../src/demo/http-origin.ts';
import { IndexState } from '../../src/demo/index-state.ts';
import { makeWheel } from '../../src/demo/wheel.ts';
import type { BenchContext } from './bench.ts';
import { catalogueFile } from './catalogue-rows.ts';
import type { Measured } from './measure.ts';
import { jubjub, jubjubProfiled, summaryOf } from './program.ts';

export interface QuietIndex {
  /** A configuration for a mirror of this index. */
  readonly config: string;
  /** A project that was not there before, with its first release; or another release of it. */
  release(project: string): void;
  close(): Promise<void>;
}

/** Goes on from the mirror in the directory, whoever its upstream was before. */
export async function startQuietIndex(directory: string): Promise<QuietIndex> {
  const file = catalogueFile(directory);
  const startSerial = serialOf(file);
  const state = new IndexState({ now: () => Date.now(), startSerial });
  const releases = new Map<string, number>();
  const release = (project: string) => {
    const number = releases.get(project) ?? 0;
    releases.set(project, number + 1);
    const name = project.replaceAll('-', '_');
    // The serial makes it another file than those of indexes that the mirror had before.
    const modules = {
      [`${name}.py`]: `NUMBER = ${number}\n`,
      [`${name}_since.py`]: `SERIAL = ${startSerial}\n`,
    };
    state.uploadFile(makeWheel({ name: project, version: `${startSerial}.${number}`, modules }));
  };
  release('bench-first');
  const origin = await startOrigin(state);
  const config = join(directory, 'bench.toml');
  writeFileSync(
    config,
    [
      'directory = "."',
      '[upstream]',
      `url = "${origin.url}"`,
      'changes = "changelog"',
      'contact = "bench@example.org"',
      '[sync]',
      // A share of all projects is another job, whose size is the share's: nothing new is nothing to ask about.
      'reconcile = "off"',
      '',
    ].join('\n'),
  );
  bind(file, origin.url);
  return { config, release, close: () => origin.close() };
}

export interface SyncMeasured extends Measured {
  /** From the begin of the commit's phase to its end: the root index is written in it, and the proof. */
  readonly commitSeconds: number;
}

/** Runs a sync, which must end with 0. */
export async function syncOnce(
  { config }: Pick<QuietIndex, 'config'>,
  profiled: Pick<BenchContext, 'directory' | 'say'> | null = null,
): Promise<SyncMeasured> {
  let beganMs = 0;
  let commitMs = 0;
  const onLine = (line: string) => {
    const { type, phase } = JSON.parse(line) as { type: string; phase?: string };
    if (type === 'phase' && phase === 'commit') beganMs = performance.now();
    if (type === 'committed') commitMs += performance.now() - beganMs;
  };
  const args = ['sync', '--config', config, '--json'];
  const measured =
    profiled === null ? await jubjub(args, { onLine }) : await jubjubProfiled(profiled, args, { onLine });
  if (measured.status !== 0)
    throw new Error(`a sync ended with ${measured.status}: ${JSON.stringify(summaryOf(measured))}`);
  return { ...measured, commitSeconds: commitMs / 1000 };
}

function serialOf(file: string): number {
  const db = openDatabase(file, { readOnly: true });
  try {
    return Number(db.one(`SELECT value FROM meta WHERE key = 'serial'`)?.['value']);
  } finally {
    db.close();
  }
}

/** The mirror is this upstream's from now on. Its marks are times of rows that this one does not have. */
function bind(file: string, url: string): void {
  const db = openDatabase(file);
  try {
    db.run(
      `INSERT INTO meta VALUES ('identity', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      url,
    );
    db.run('DELETE FROM mark');
  } finally {
    db.close();
  }
}
