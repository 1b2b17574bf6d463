import {parentPort, workerData} from 'node:worker_threads';
import {type GrowingJob, growTree} from './grower.js';

// a thread of crew.ts: grows the trees that it is told the numbers of
parentPort?.on('message', (index: number) => {
  parentPort?.postMessage({index, tree: growTree(workerData as GrowingJob, index)});
});
