/**
 * Goal: real pip downloads and installs real wheels from the docroot as a plain directory behind nginx.
 * Method: the machine's nginx with `root` and `index` and nothing else, and the machine's pip, both as child processes.
 */
import { NGINX_MISSING, startNginx } from '../support/nginx.ts';
import { handmadePipDocroot } from '../support/pip-docroot.ts';
import { pipSuite } from '../support/pip-suite.ts';

pipSuite({
  server: 'nginx',
  skip: NGINX_MISSING,
  makeDocroot: handmadePipDocroot,
  serve: (docroot, directory) => startNginx(directory, docroot),
});
