/** What storing a large tensor costs in memory beside the tensor: in a process of its own, by the kernel's own count (VmHWM, proc(5)). */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {outputOf, startProgram} from './store-process.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-memory-'));
after(() => rm(scratch, {recursive: true, force: true}));

const module = (path: string): string => JSON.stringify(pathToFileURL(`dist/${path}`).href);
const skip = process.platform === 'linux' ? false : 'no /proc here';

test('a tensor of 400 MB is stored and looked up in less than 200 MB above its own', {timeout: 120_000, skip}, async () => {
  const program = `
    const {readFileSync, writeFileSync} = await import('node:fs');
    const {openLocalStore} = await import(${module('stores/folder/store.js')});
    const {storeValue} = await import(${module('stores/artifacts.js')});
    const {digestBytes} = await import(${module('core/digest.js')});
    const megabytes = (name) => Number(new RegExp('^' + name + ':\\\\s+(\\\\d+)', 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
    const store = await openLocalStore(${JSON.stringify(join(scratch, 'store'))});
    const data = new Float32Array(100 * 2 ** 20).fill(0.5);
    const split = {codes: {dtype: 'float32', shape: [data.length / 2, 2], data}};
    writeFileSync('/proc/self/clear_refs', '5');
    const before = megabytes('VmRSS');
    const value = {kind: 'embedding', splitNames: ['train'], split: async () => split};
    const output = await storeValue(store, value, {kind: 'embedding', splits: {}});
    const key = digestBytes('key');
    await store.commit({format: 1, key, fields: {}, outputs: {codes: output}, metrics: [], computed: {stage: 's', at: 1, seconds: 1, peakBytes: 1}});
    const found = await (await openLocalStore(${JSON.stringify(join(scratch, 'store'))})).lookup(key);
    console.log(JSON.stringify({status: found.status, bytes: output.files[0].bytes, before, more: megabytes('VmHWM') - before}));`;
  const {status, bytes, before, more} = JSON.parse(await outputOf(startProgram(program))) as Record<string, number | string>;
  assert.equal(status, 'hit');
  assert.ok(Number(bytes) > 400 * 2 ** 20);
  assert.ok(Number(before) > 400, 'the tensor itself is in memory');
  assert.ok(Number(more) < 200, `${more} MB more`);
});
