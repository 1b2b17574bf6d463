import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after} from 'node:test';
import {openLocalStore} from '#tfpipe/stores/folder/store.js';
import {storeContract} from './suite.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-stores-'));
after(() => rm(scratch, {recursive: true, force: true}));

storeContract('local store', async () => openLocalStore(await mkdtemp(join(scratch, 'store-'))));
