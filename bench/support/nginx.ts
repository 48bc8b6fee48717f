/** A real nginx on a port of its own, as Debian's packages have it: an upstream over a generated tree, or whatever a bench wants. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startServerProgram } from '../../test/support/server-child.ts';
import { treeLocations, type UpstreamTree } from './tree.ts';

/** As Debian has it. More than one connection asks a core for each, so one worker is not what limits a mirror. */
const WORKERS = 1;

export interface NginxOptions {
  /** For what nginx writes itself; not its docroot. */
  readonly directory: string;
  /** Beside the server, inside `http { }`. */
  readonly http?: string;
  /** Inside `server { }`, without `listen`. */
  readonly server: string;
  /** @default 1 */
  readonly workers?: number;
  /** HTTPS with a certificate of its own, and HTTP/2. @default false */
  readonly tls?: boolean;
}

export interface RunningNginx {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** The certificate authority, when it speaks TLS. */
  readonly caFile: string | null;
  /** Bytes of bodies sent and the `Range` asked for, request by request since the last call: the access log. */
  takeRequests(): readonly LoggedRequest[];
  close(): Promise<void>;
}

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bodyBytes: number;
  /** "-" for none. */
  readonly range: string;
  readonly ifRange: string;
}

/** A certificate for 127.0.0.1 that signs itself. */
function makeCertificate(directory: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [path.join(directory, 'cert.pem'), path.join(directory, 'key.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const args = [...made, '-keyout', key, '-out', cert, '-days', '2', ...subject];
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  return { cert, key };
}

function configuration(options: NginxOptions, port: number, log: string): string {
  const { directory, workers = WORKERS, tls = false } = options;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path "${path.join(directory, kind)}";`,
  );
  const { cert, key } = { cert: path.join(directory, 'cert.pem'), key: path.join(directory, 'key.pem') };
  return [
    // Started by root, its worker would be "nobody", who cannot read temporary directories.
    process.getuid?.() === 0 ? 'user root;' : '',
    'daemon off;',
    `worker_processes ${workers};`,
    `pid "${path.join(directory, 'nginx.pid')}";`,
    'error_log stderr;',
    'events { worker_connections 768; }',
    'http {',
    ...temporary,
    '  sendfile on; tcp_nopush on; gzip off;',
    '  log_format bench \'$request_method $request_uri $status $body_bytes_sent "$http_range" "$http_if_range"\';',
    `  access_log "${log}" bench;`,
    options.http ?? '',
    '  server {',
    `    listen 127.0.0.1:${port}${tls ? ' ssl http2' : ''};`,
    tls ? `    ssl_certificate "${cert}"; ssl_certificate_key "${key}";` : '',
    options.server,
    '  }',
    '}',
    '',
  ].join('\n');
}

function parseLog(text: string): LoggedRequest[] {
  return [...text.matchAll(/^(\S+) (\S+) (\d+) (\d+) "([^"]*)" "([^"]*)"$/gm)].map(
    ([, method = '', uri = '', status = '', bytes = '', range = '', ifRange = '']) => ({
      method,
      path: uri,
      status: Number(status),
      bodyBytes: Number(bytes),
      range,
      ifRange,
    }),
  );
}

export async function startNginx(options: NginxOptions): Promise<RunningNginx> {
  const { directory, tls = false } = options;
  mkdirSync(directory, { recursive: true });
  const log = path.join(directory, 'access.log');
  const file = path.join(directory, 'nginx.conf');
  const certificate = tls ? makeCertificate(directory) : null;
  let port = 0;
  const server = await startServerProgram({
    command: 'nginx',
    args: ['-p', directory, '-c', file],
    write: (chosen) => {
      port = chosen;
      writeFileSync(file, configuration(options, chosen, log));
    },
    listens: () => existsSync(path.join(directory, 'nginx.pid')),
  });
  let taken = 0;
  return {
    url: tls ? server.url.replace('http:', 'https:') : server.url,
    port,
    caFile: certificate?.cert ?? null,
    takeRequests() {
      const text = readFileSync(log, 'utf8').slice(taken);
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      taken += whole.length;
      return parseLog(whole);
    },
    close: () => server.close(),
  };
}

/** The upstream over a generated tree. */
export function serveTree(
  tree: UpstreamTree,
  directory: string,
  options: Partial<Pick<NginxOptions, 'tls' | 'workers'>> = {},
): Promise<RunningNginx> {
  return startNginx({ directory, ...treeLocations(tree.directory), ...options });
}
