import {parentPort, workerData} from 'node:worker_threads';
import {type GrowingJob, growTree} from './grower.js';

// a thread of crew.ts: grows trees by their numbers
parentPort?.on('message', (index: number) => {
  parentPort?.postMessage({index, tree: growTree(workerData as GrowingJob, index)});
});
