/** The live display on a terminal: one frame that is drawn over itself, with log lines scrolling above it. */
import { createLogUpdate } from 'log-update';
import type { Clock } from '../../clock.ts';
import type { OutputStream } from '../io.ts';
import type { Lines } from '../lines.ts';
import type { Style } from '../style.ts';
import { renderFrame } from './frame.ts';
import type { Progress } from './progress.ts';

/** Ten frames a second: smooth to the eye, nothing to the processor. */
const FRAME_MS = 100;
const DEFAULT_COLUMNS = 80;

export interface LiveDisplay {
  /** Draws the last time, wipes the frame and gives stderr back. */
  stop(): void;
}

/** Starts to draw `progress` on the stream, until stopped. */
export function startLive(
  stream: OutputStream,
  lines: Lines,
  clock: Clock,
  progress: Progress,
  style: Style,
): LiveDisplay {
  return startDrawing(stream, lines, clock, (nowMs, columns) => renderFrame(progress, nowMs, columns, style));
}

/** Starts to draw what `render` gives for a moment and a width, until stopped. */
export function startDrawing(
  stream: OutputStream,
  lines: Lines,
  clock: Clock,
  render: (nowMs: number, columns: number) => string,
): LiveDisplay {
  // The cursor stays visible: hiding it would need exit hooks, which would get between us and the signals.
  const update = createLogUpdate(stream as NodeJS.WriteStream, { showCursor: true });
  const stopped = new AbortController();
  const draw = () => update(render(clock.now(), (stream.columns ?? DEFAULT_COLUMNS) - 1));
  lines.divert((line) => update.persist(line));
  const tick = async () => {
    while (!stopped.signal.aborted) {
      draw();
      await clock.sleep(FRAME_MS, stopped.signal);
    }
  };
  // Ends by rejection when it is stopped, which is how it is meant to end.
  tick().catch(() => {});
  return {
    stop: () => {
      if (stopped.signal.aborted) return;
      stopped.abort();
      lines.divert(null);
      update.clear();
      update.done();
    },
  };
}
