// One of the threads of `Threads`: works on what is posted until it is ended.
import {workerData} from 'node:worker_threads';
import {type JobBoard, kernelsOf, waitForJob, work} from './job-board.js';

const {module, memory, board, thread} = workerData as {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly board: JobBoard;
  readonly thread: number;
};
const kernels = kernelsOf(new WebAssembly.Instance(module, {env: {memory}}));
for (;;) waitForJob(board, work(board, kernels, thread));
