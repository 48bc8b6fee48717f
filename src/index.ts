/** The library's public names. */
export type { Catalogue } from './catalogue/contract.ts';
export { type Clock, systemClock } from './clock.ts';
export { loadConfig } from './config/load.ts';
export type { Settings } from './config/settings.ts';
export { type ErrorCode, EXIT_STATUS_BY_CODE, JubjubError } from './errors.ts';
export type { Emit, RunEvent, SyncSummary } from './events.ts';
export type { MirrorDeps, SyncOptions } from './mirror/deps.ts';
export { statusReport } from './mirror/report.ts';
export { runSync } from './mirror/sync.ts';
export { startServer } from './serve/server.ts';
export type { Store } from './store/contract.ts';
export type { Upstream } from './upstream/contract.ts';
