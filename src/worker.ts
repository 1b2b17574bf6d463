import {serveAttempts} from './executors/local/serve.js';
import {builtinNodes} from './nodes/registry.js';
import {openLocalStore} from './stores/folder/store.js';

serveAttempts(builtinNodes(), openLocalStore);
