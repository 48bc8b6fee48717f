/**
 * Goal: every kind of upstream keeps the promises of src/upstream/contract.ts.
 * Method: the one suite, run over each kind against a server on loopback that speaks its protocol.
 */
import { pypiStage } from '../support/upstream-stage.ts';
import { upstreamSuite } from './upstream-suite.ts';

upstreamSuite('changelog', pypiStage);
