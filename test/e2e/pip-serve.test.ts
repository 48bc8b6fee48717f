/**
 * Goal: real pip downloads and installs real wheels from `jubjub serve`.
 * Method: the machine's pip as a child process, cut off from all else, against the server on loopback.
 */
import assert from 'node:assert/strict';
import type { ServeEvent } from '../../src/serve/events.ts';
import { startServer } from '../../src/serve/server.ts';
import { handmadePipDocroot } from '../support/pip-docroot.ts';
import { pipSuite } from '../support/pip-suite.ts';

pipSuite({
  server: 'jubjub serve',
  skip: false,
  makeDocroot: handmadePipDocroot,
  serve: async (docroot) => {
    const events: ServeEvent[] = [];
    const emit = (event: ServeEvent) => events.push(event);
    const server = await startServer({ docroot, host: '127.0.0.1', port: 0, emit });
    return {
      url: server.url,
      close: async () => {
        await server.close();
        const troubles = events.filter(
          (event) =>
            event.type === 'failed' || (event.status !== 200 && event.target !== '/simple/jubjub-boojum/'),
        );
        assert.deepEqual(troubles, [], 'pip met nothing but 200, but for the project that is not there');
      },
    };
  },
});
