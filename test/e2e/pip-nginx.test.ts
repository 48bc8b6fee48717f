/**
 * Goal: real pip downloads and installs real wheels from a docroot that `jubjub sync` made, as a plain directory behind nginx.
 * Method: the built program makes it; then the machine's nginx, with `root` and `index` and nothing else, and its pip.
 */
import { NGINX_MISSING, startNginx } from '../support/nginx.ts';
import { syncedPipDocroot } from '../support/pip-docroot.ts';
import { pipSuite } from '../support/pip-suite.ts';

pipSuite({
  server: 'nginx',
  skip: NGINX_MISSING,
  html: true,
  makeDocroot: syncedPipDocroot,
  serve: (docroot, directory) => startNginx(directory, docroot),
});
