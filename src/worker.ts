import {serveAttempts} from './executors/local/serve.js';
import {builtinNodes} from './nodes/registry.js';
import {openStore} from './stores/open.js';

serveAttempts(builtinNodes(), openStore);
