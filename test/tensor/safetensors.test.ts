import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {testPython} from '#scripts/test-venv.js';
import {type HostTensor, hostTensor} from '#tfpipe/core/host-tensor.js';
import {decodeSafetensors, encodeSafetensors, readSafetensors} from '#tfpipe/tensor/safetensors.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-safetensors-'));
after(() => rm(scratch, {recursive: true, force: true}));

const encode = async (tensors: Record<string, HostTensor>, metadata?: Record<string, string>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeSafetensors(tensors, metadata)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const tensors = {
  labels: hostTensor('uint8', [3], Uint8Array.of(1, 2, 255)),
  codes: hostTensor('float32', [2, 2], Float32Array.of(0.5, -1, Number.NaN, 3e38)),
  steps: hostTensor('int32', [], Int32Array.of(-7)),
  none: hostTensor('float32', [0, 4], new Float32Array(0)),
};

test('tensors and metadata read back as they were', async () => {
  const {tensors: found, metadata} = decodeSafetensors(new Uint8Array(await encode(tensors, {epoch: '3'})));
  assert.deepEqual({...found}, tensors);
  assert.deepEqual(metadata, {epoch: '3'});
});

test('equal tensors give equal bytes whatever their order, and tensors are aligned', async () => {
  const {labels, codes, steps, none} = tensors;
  const bytes = await encode(tensors);
  assert.deepEqual(await encode({none, steps, codes, labels}), bytes);
  assert.equal((8 + Number(bytes.readBigUInt64LE(0))) % 8, 0);
});

test('an unaligned view decodes to the same values', async () => {
  const bytes = await encode(tensors);
  const shifted = new Uint8Array(bytes.length + 1).subarray(1);
  shifted.set(bytes);
  assert.deepEqual({...decodeSafetensors(shifted).tensors}, tensors);
});

test('PyPI’s safetensors reads what we write, and we read what it writes', async () => {
  const [ours, theirs] = [join(scratch, 'ours.safetensors'), join(scratch, 'theirs.safetensors')];
  await writeFile(ours, await encode(tensors, {epoch: '3'}));
  const script = `
import sys, json, numpy as np
from safetensors.numpy import load_file, save_file
found = load_file(sys.argv[1])
print(json.dumps({name: [str(value.dtype), list(value.shape), np.nan_to_num(value.astype('float64'), nan=-99).ravel().tolist()] for name, value in found.items()}))
save_file({'b': np.arange(6, dtype='uint8').reshape(2, 3), 'a': np.linspace(0, 1, 5, dtype='float32'), 'c': np.array([-1, 2], dtype='int32')}, sys.argv[2], metadata={'from': 'numpy'})
`;
  const output = execFileSync(testPython(), ['-c', script, ours, theirs], {encoding: 'utf8'});
  assert.deepEqual(JSON.parse(output), {
    codes: ['float32', [2, 2], [0.5, -1, -99, Math.fround(3e38)]],
    labels: ['uint8', [3], [1, 2, 255]],
    none: ['float32', [0, 4], []],
    steps: ['int32', [], [-7]],
  });
  const read = await readSafetensors(theirs);
  assert.deepEqual(
    {...read.tensors},
    {
      a: hostTensor('float32', [5], Float32Array.of(0, 0.25, 0.5, 0.75, 1)),
      b: hostTensor('uint8', [2, 3], Uint8Array.of(0, 1, 2, 3, 4, 5)),
      c: hostTensor('int32', [2], Int32Array.of(-1, 2)),
    },
  );
  assert.deepEqual(read.metadata, {from: 'numpy'});
});

/** A file with this header and this many zero bytes of data. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length));
  return new Uint8Array(Buffer.concat([start, json, Buffer.alloc(dataBytes)]));
}

const entry = (dtype: string, shape: unknown, begin: number, end: number) => ({dtype, shape, data_offsets: [begin, end]});
const broken: readonly [what: string, bytes: Uint8Array, message: RegExp][] = [
  ['an empty file', new Uint8Array(0), /only 0 bytes/],
  [
    'a header longer than the file',
    new Uint8Array(Buffer.from('ffffffff00000000', 'hex')),
    /header should have 4294967295 bytes/,
  ],
  ['a header that is no JSON', file('{', 0), /not a JSON object/],
  ['a header that is a list', file([], 0), /not a JSON object/],
  ['an unknown type', file({a: entry('F8', [1], 0, 1)}, 1), /type F8/],
  ['a shape that is no shape', file({a: entry('U8', [-1], 0, 1)}, 1), /no valid shape/],
  ['a length that is not the shape’s', file({a: entry('F32', [2], 0, 4)}, 4), /should stand at bytes 0 to 8/],
  ['a gap between tensors', file({a: entry('U8', [1], 0, 1), b: entry('U8', [1], 2, 3)}, 3), /should stand at bytes 1 to 2/],
  ['tensors that overlap', file({a: entry('U8', [2], 0, 2), b: entry('U8', [2], 1, 3)}, 3), /should stand at bytes 2 to 4/],
  ['data that is cut off', file({a: entry('U8', [4], 0, 4)}, 3), /ends after/],
  ['data that nobody names', file({a: entry('U8', [1], 0, 1)}, 2), /1 bytes after the last tensor/],
];
for (const [what, bytes, message] of broken) {
  test(`${what} is refused in one sentence`, () => {
    assert.throws(() => decodeSafetensors(bytes), message);
  });
}

test('a tensor named __proto__ is a tensor like any other', async () => {
  const odd = Object.fromEntries([['__proto__', hostTensor('uint8', [1], Uint8Array.of(5))]]);
  const {tensors: found} = decodeSafetensors(new Uint8Array(await encode(odd)));
  assert.deepEqual(Object.keys(found), ['__proto__']);
  assert.equal(({} as {dtype?: string}).dtype, undefined);
});
