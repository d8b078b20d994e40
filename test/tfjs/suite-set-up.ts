// What tfjs-core's own test suite finds when it starts: scripts/test-tfjs.mjs bundles this before it.
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import process from 'node:process';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
import '../../src/tfjs/index.js';

const backendName = process.env['TRIALFORGE_TFJS_BACKEND'] ?? 'trialforge-cpu';
setTestEnvs([{ name: backendName, backendName, isDataSync: true }]);
