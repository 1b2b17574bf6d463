// One of the threads of `Threads`: works on what is posted until it is ended.
import {workerData} from 'node:worker_threads';
import {type JobBoard, newCompute, waitForJob, work} from './job-board.js';

const {modules, memory, board, thread} = workerData as {
  readonly modules: readonly WebAssembly.Module[];
  readonly memory: WebAssembly.Memory;
  readonly board: JobBoard;
  readonly thread: number;
};
const compute = newCompute(modules, memory, thread);
for (;;) waitForJob(board, work(board, compute));
