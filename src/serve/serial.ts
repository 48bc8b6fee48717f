/** Finds the serial that a page states of itself, without holding the page in memory. */
import { JSONParser } from '@streamparser/json';
import type { Serial } from '../pypi/types.ts';
import type { SerialPlace } from './answer.ts';

export interface SerialFinder {
  /** The next bytes of the page; they may be reused by the caller afterwards. */
  feed(chunk: Uint8Array): void;
  /** What the page said, or null. Only valid after its last byte. */
  serial(): Serial | null;
}

/** Enough for the comment with the largest serial and some white space after it. */
const TAIL_BYTES = 128;

/** bandersnatch writes strings, PyPI integers (protocol trap 24); jubjub carries on what came. */
function asSerial(value: unknown): Serial | null {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** The serial of a page that is in memory: as the finder says it, a hundred times as fast for JSON. */
export function serialIn(bytes: Buffer, place: SerialPlace): Serial | null {
  if (place !== 'json' && place !== 'api') {
    const finder = serialFinder(place);
    finder.feed(bytes);
    return finder.serial();
  }
  try {
    const page: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof page !== 'object' || page === null) return null;
    if (place === 'json') return 'meta' in page ? serialOfMeta(page.meta) : null;
    return 'last_serial' in page ? asSerial(page.last_serial) : null;
  } catch {
    return null; // As below: no JSON, no serial.
  }
}

/** HTML pages end in `<!--SERIAL n-->`; one anywhere else may be upstream's text and does not count. */
function htmlFinder(): SerialFinder {
  let tail: Uint8Array = new Uint8Array();
  return {
    feed(chunk) {
      tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    },
    serial() {
      const comment = /<!--SERIAL (\d{1,16})-->\s*$/.exec(Buffer.from(tail).toString('latin1'));
      return asSerial(comment?.[1]);
    },
  };
}

/** `_last-serial` of a page's `meta`. */
function serialOfMeta(meta: unknown): Serial | null {
  return typeof meta === 'object' && meta !== null && '_last-serial' in meta
    ? asSerial(meta['_last-serial'])
    : null;
}

/** JSON documents: one value of the top level, by a streaming parser that stops once it has it. */
function jsonFinder(path: string, serialOf: (value: unknown) => Serial | null): SerialFinder {
  let found: Serial | null = null;
  let done = false;
  const parser = new JSONParser({ paths: [path], keepStack: false });
  parser.onValue = ({ value }) => {
    done = true;
    found = serialOf(value);
  };
  // A page that is no JSON is sent as it is: judging it is the sync's business. It has no serial, that is all.
  parser.onError = () => {
    done = true;
  };
  return {
    feed(chunk) {
      if (!done) parser.write(chunk);
    },
    serial: () => found,
  };
}

const NO_SERIAL: SerialFinder = { feed() {}, serial: () => null };

export function serialFinder(place: SerialPlace): SerialFinder {
  if (place === 'none') return NO_SERIAL;
  if (place === 'html') return htmlFinder();
  return place === 'json' ? jsonFinder('$.meta', serialOfMeta) : jsonFinder('$.last_serial', asSerial);
}
