/** The benches by their names, one line each; loaded when asked for. */
import type { Bench } from './support/bench.ts';

export const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  'first-sync': async () => (await import('./first-sync.ts')).bench,
  latency: async () => (await import('./latency.ts')).bench,
  scale: async () => (await import('./scale.ts')).bench,
  large: async () => (await import('./large.ts')).bench,
  'catch-up': async () => (await import('./catch-up.ts')).bench,
  verify: async () => (await import('./verify.ts')).bench,
  serve: async () => (await import('./serve.ts')).bench,
  catalogue: async () => (await import('./catalogue.ts')).bench,
  'nothing-new': async () => (await import('./nothing-new.ts')).bench,
  'one-change': async () => (await import('./one-change.ts')).bench,
  'root-index': async () => (await import('./root-index.ts')).bench,
  adaptive: async () => (await import('./adaptive.ts')).bench,
  rate: async () => (await import('./rate.ts')).bench,
};
