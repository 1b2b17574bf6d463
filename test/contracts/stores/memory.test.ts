import {after} from 'node:test';
import {MemoryStore} from '../../helpers/memory-store.js';
import {storeContract} from './suite.js';

const opened: MemoryStore[] = [];
after(() => Promise.all(opened.map((store) => store.close())));

storeContract('memory store', async () => {
  const store = new MemoryStore();
  opened.push(store);
  return store;
});
