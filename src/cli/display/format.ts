/** Numbers for people: bytes, durations, rates, counts; the same in every locale and time zone. */
import prettyBytes from 'pretty-bytes';

/** `81920` is `81.9 kB`. */
export function bytesText(bytes: number): string {
  return prettyBytes(bytes);
}

/** `4.2 MB/s`; a rate over no time is not worth saying, and null. */
export function rateText(bytes: number, durationMs: number): string | null {
  if (bytes <= 0 || durationMs <= 0) return null;
  return `${bytesText(Math.round((bytes * 1000) / durationMs))}/s`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(durationMs: number): string {
  const seconds = Math.max(0, durationMs) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `1 project`, `2 projects`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A serial, or what stands for none. */
export function serialText(serial: number | null): string {
  return serial === null ? 'none' : String(serial);
}

/** `100 → 123`, or `123` when nothing moved. */
export function serialsText(from: number | null, to: number | null): string {
  return from === to ? `${serialText(to)}, unchanged` : `${serialText(from)} → ${serialText(to)}`;
}
