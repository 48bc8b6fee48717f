/** The lanes to servers: for each origin and kind of request a gate, as wide as its pace and its connections allow. */
import type { Clock } from '../clock.ts';
import { isJubjubError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { createGate, type Gate } from './gate.ts';
import { isRetryableStatus } from './http-errors.ts';
import { Pace } from './pace.ts';
import { aloneOf } from './protocols.ts';

/** What is asked through lanes; calls of XML-RPC have their own two connections. */
export type LaneKind = 'page' | 'file';

/** One request on its way. */
export interface Passage {
  /** Its headers are there. */
  answered(status: number): void;
  /** It failed, or its body did; what is no server's fault teaches nothing. */
  failed(error: unknown): void;
  /** It is over, well or not; gives the place back. Later calls do nothing. */
  leave(): void;
}

export interface Lanes {
  /**
   * Waits for a place. A redirect stays in the lane that it came from: what it leads to is asked no more often than that.
   * Rejects with INTERRUPTED.
   */
  enter(kind: LaneKind, origin: string, isLarge: boolean, signal: AbortSignal): Promise<Passage>;
}

interface Lane {
  readonly gate: Gate;
  readonly pace: Pace;
}

export function createLanes(
  connectionsMax: Readonly<Record<LaneKind, number>>,
  clock: Clock,
  emit: Emit,
  /** How many requests a connection to an origin may have under way; what is not known yet grows later. @default one */
  streams: (origin: string) => number = () => 1,
): Lanes {
  const lanes = new Map<string, Lane>();

  const placesMax = (kind: LaneKind, origin: string): number => {
    const [connections, each] = [connectionsMax[kind], streams(origin)];
    const alone = kind === 'file' && each > 1 ? aloneOf(connections) : 0;
    return alone + (connections - alone) * each;
  };

  const laneTo = (kind: LaneKind, origin: string): Lane => {
    const key = `${kind} ${origin}`;
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const pace = new Pace(placesMax(kind, origin));
    const lane = { pace, gate: createGate(pace.places, connectionsMax[kind]) };
    lanes.set(key, lane);
    return lane;
  };

  return {
    async enter(kind, origin, isLarge, signal) {
      const { gate, pace } = laneTo(kind, origin);
      const widen = () => {
        if (pace.allow(placesMax(kind, origin))) gate.resize(pace.places);
      };
      widen();
      const give = await gate.enter(signal, isLarge);
      const sentMs = clock.now();
      const request = pace.send(gate.isFull, sentMs);
      const learn = (why: string, outcome: (nowMs: number) => void) => {
        widen();
        const before = pace.places;
        outcome(clock.now());
        const places = pace.places;
        if (places === before) return;
        gate.resize(places);
        if (places < before)
          emit({ type: 'pace', host: new URL(origin).host, kind, connections: places, why });
      };
      const trouble = (why: string) => learn(why, (nowMs) => pace.trouble(request, nowMs));
      return {
        answered(status) {
          if (isRetryableStatus(status)) trouble(`HTTP ${status}`);
          else learn('slow', (nowMs) => pace.answer(request, Math.max(0, nowMs - sentMs), nowMs));
        },
        failed(error) {
          if (isServersTrouble(error)) trouble(error.code);
        },
        leave: give,
      };
    },
  };
}

/** Silence, or a connection that broke: worth another try, and perhaps a sign of too many at a time. */
function isServersTrouble(error: unknown): error is { code: string } {
  const isSuch = isJubjubError(error, 'UPSTREAM_TIMEOUT') || isJubjubError(error, 'UPSTREAM_UNREACHABLE');
  return isSuch && error.facts.retryable === true;
}
