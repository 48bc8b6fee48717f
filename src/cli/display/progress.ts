/** Where a run stands, gathered from its events: counts, rate and time left. */
import type { Phase, RunEvent } from '../../events.ts';

/** The rate is that of the last so many milliseconds. */
const RATE_WINDOW_MS = 10_000;
const SAMPLE_MS = 500;
/** Before this, a time left would be a guess. */
const ESTIMATE_AFTER_MS = 3000;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** What one wave did, told when it is committed. */
export interface WaveCounts {
  readonly projects: number;
  readonly files: number;
  readonly bytes: number;
}

export class Progress {
  phase: Phase | null = null;
  wave = 0;
  /** The serial that the run began with, and the head that it works towards. */
  from: number | null = null;
  head: number | null = null;
  projectsTotal = 0;
  projectsDone = 0;
  filesPlanned = 0;
  filesDone = 0;
  bytesPlanned = 0;
  bytesDone = 0;
  readonly startedAtMs: number;
  readonly #pending = new Set<string>();
  #wave: WaveCounts = { projects: 0, files: 0, bytes: 0 };
  #samples: Sample[] = [];

  constructor(nowMs: number) {
    this.startedAtMs = nowMs;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Takes one event in; on `committed` the counts of the wave are those before it, until the next call. */
  take(event: RunEvent, nowMs: number): void {
    switch (event.type) {
      case 'started':
        this.from = event.serial;
        break;
      case 'discovered':
        this.head = Math.max(this.head ?? 0, event.head);
        this.projectsTotal += event.projects;
        break;
      case 'phase':
        this.phase = event.phase;
        this.wave = event.wave;
        break;
      case 'planned':
        this.filesPlanned += event.files;
        this.bytesPlanned += event.bytes;
        break;
      case 'detail':
        this.projectsDone += 1;
        this.projectsTotal = Math.max(this.projectsTotal, this.projectsDone);
        break;
      case 'bytes':
        this.#addBytes(event.bytes, nowMs);
        break;
      case 'file':
        this.filesDone += 1;
        this.#wave = { ...this.#wave, files: this.#wave.files + 1, bytes: this.#wave.bytes + event.bytes };
        break;
      case 'published':
        this.#pending.delete(event.name);
        this.#wave = { ...this.#wave, projects: this.#wave.projects + 1 };
        break;
      case 'pending':
        this.#pending.add(event.name);
        break;
      case 'committed':
        // The engine knows best what is left; a total that was only guessed is put right here.
        this.projectsTotal = Math.max(this.projectsDone, this.projectsDone + event.remaining);
        break;
      default:
        break;
    }
  }

  /** The counts since the last call, which starts them again. */
  takeWave(): WaveCounts {
    const counts = this.#wave;
    this.#wave = { projects: 0, files: 0, bytes: 0 };
    return counts;
  }

  /** Bytes per second of late; 0 when nothing came. */
  bytesPerS(nowMs: number): number {
    const first = this.#samples.find((sample) => nowMs - sample.atMs <= RATE_WINDOW_MS);
    if (first === undefined || nowMs <= first.atMs) return 0;
    return ((this.bytesDone - first.bytes) * 1000) / (nowMs - first.atMs);
  }

  /** Milliseconds to go, by projects or by bytes, whichever takes longer; null while nobody can know. */
  leftMs(nowMs: number): number | null {
    const elapsedMs = nowMs - this.startedAtMs;
    if (elapsedMs < ESTIMATE_AFTER_MS) return null;
    const projectsLeft = this.projectsTotal - this.projectsDone;
    if (projectsLeft > 0 && this.projectsDone === 0) return null;
    const byProjects = projectsLeft > 0 ? (elapsedMs * projectsLeft) / this.projectsDone : 0;
    const bytesLeft = this.bytesPlanned - this.bytesDone;
    const rate = this.bytesPerS(nowMs);
    if (bytesLeft > 0 && rate === 0) return null;
    const byBytes = bytesLeft > 0 ? (bytesLeft * 1000) / rate : 0;
    const leftMs = Math.max(byProjects, byBytes);
    return leftMs > 0 ? leftMs : null;
  }

  #addBytes(bytes: number, nowMs: number): void {
    const last = this.#samples.at(-1);
    if (last === undefined || nowMs - last.atMs >= SAMPLE_MS) {
      this.#samples = this.#samples.filter((sample) => nowMs - sample.atMs <= RATE_WINDOW_MS);
      this.#samples.push({ atMs: nowMs, bytes: this.bytesDone });
    }
    this.bytesDone += bytes;
  }
}
