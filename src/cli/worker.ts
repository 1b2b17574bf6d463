import {builtinNodes} from '../nodes/registry.js';
import {serveAttempts} from '../runner/worker.js';
import {openLocalStore} from '../store/local.js';

serveAttempts(builtinNodes(), openLocalStore);
