/** fast-check with a seed: the same cases in every run, and others with JUBJUB_SEED. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['JUBJUB_SEED'] ?? 20_261_121) });

export default fc;
