import {localExecutor} from '#tfpipe/runner/local-executor.js';
import {childrenOf, isAlive} from '../../faults/faulty.js';
import {executorContract} from './suite.js';

const workerModule = new URL('../../../dist/cli/worker.js', import.meta.url);

executorContract({
  name: 'local executor',
  open: ({slots, storeFolder}) => localExecutor({workerModule, storeFolder, slots}),
  left: () =>
    childrenOf(process.pid)
      .filter(isAlive)
      .map((pid) => `process ${pid}`),
});
