/** The web servers that jubjub writes configurations for: their names, without the code that writes them. */

export interface WebServerNames {
  /** As the command line calls it. */
  readonly name: 'nginx' | 'caddy' | 'apache';
  /** As people write it. */
  readonly title: string;
  /** Where Debian's package looks for its configuration. */
  readonly usualFile: string;
}

export const WEB_SERVER_NAMES: readonly WebServerNames[] = [
  { name: 'nginx', title: 'nginx', usualFile: '/etc/nginx/conf.d/jubjub.conf' },
  { name: 'caddy', title: 'Caddy', usualFile: '/etc/caddy/jubjub.caddy' },
  { name: 'apache', title: 'Apache', usualFile: '/etc/apache2/sites-available/jubjub.conf' },
];
