/**
 * Goal: every kind of upstream keeps the promises of src/upstream/contract.ts.
 * Method: the one suite, run over each kind against a server on loopback that speaks its protocol; with `auto`, over each
 * kind that it may turn out to be.
 */
import type { UpstreamSettings } from '../../src/config/settings.ts';
import type { UpstreamKind } from '../../src/upstream/contract.ts';
import {
  DEVPI,
  type Face,
  OLD_HTML,
  PYPI,
  PYPI_WITHOUT_RPC,
  STATIC_TREE,
} from '../support/upstream-faces.ts';
import { openStage } from '../support/upstream-stage.ts';
import { upstreamSuite } from './upstream-suite.ts';

const STAGES: readonly [
  name: string,
  face: Face,
  changes: UpstreamSettings['changes'],
  kind: UpstreamKind,
  index: string,
][] = [
  ['changelog', PYPI, 'changelog', 'changelog', '/simple/'],
  ['list, PyPI without XML-RPC', PYPI_WITHOUT_RPC, 'list', 'list', '/simple/'],
  ['list, a static tree', STATIC_TREE, 'list', 'list', '/simple/'],
  ['poll, devpi', DEVPI, 'poll', 'poll', '/+simple/'],
  ['poll, HTML only', OLD_HTML, 'poll', 'poll', '/simple/'],
  ['auto, PyPI', PYPI, 'auto', 'changelog', '/simple/'],
  ['auto, a static tree', STATIC_TREE, 'auto', 'list', '/simple/'],
  ['auto, devpi', DEVPI, 'auto', 'poll', '/+simple/'],
  ['auto, HTML only', OLD_HTML, 'auto', 'poll', '/simple/'],
];

for (const [name, face, changes, kind, index] of STAGES)
  upstreamSuite(name, kind, (t) => openStage(t, face, changes, { kind, index }));
