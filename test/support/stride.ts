/** How many of the steps of a story are tried: some, so that tests take seconds, or all with JUBJUB_EVERY_STEP=1. */

/** Every `share`-th step; all of them when they are asked for. */
export function stride(share: number): number {
  return process.env['JUBJUB_EVERY_STEP'] === '1' ? 1 : share;
}
