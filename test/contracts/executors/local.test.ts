import {localExecutor} from '#tfpipe/executors/local/executor.js';
import {childrenOf, isAlive} from '../../faults/faulty.js';
import {executorContract} from './suite.js';

executorContract({
  name: 'local executor',
  open: ({slots}) => localExecutor({slots}),
  left: () =>
    childrenOf(process.pid)
      .filter(isAlive)
      .map((pid) => `process ${pid}`),
});
