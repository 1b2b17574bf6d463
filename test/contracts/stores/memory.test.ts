import assert from 'node:assert/strict';
import {after} from 'node:test';
import {MemoryStore} from '../../helpers/memory-store.js';
import {storeContract} from './suite.js';

const opened: MemoryStore[] = [];
after(() => Promise.all(opened.map((store) => store.close())));

const make = async (): Promise<MemoryStore> => {
  const store = new MemoryStore();
  opened.push(store);
  return store;
};
storeContract('memory store', make, async (url) => opened.find((store) => store.url === url) ?? assert.fail(url));
