import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {datasetOf, packedDataset, packedSplit, unpackSplit} from '#tfpipe/core/splits.js';

const bytes = {...hostTensor('uint8', [2], Uint8Array.of(0, 255)), affine: {scale: 2, offset: -1}};

test('a packed split stands for scale · byte + offset; read as values it is float32', async () => {
  assert.deepEqual(unpackSplit({x: bytes}), {x: hostTensor('float32', [2], Float32Array.of(-1, 509))});
  const data = packedDataset({train: {x: bytes}});
  assert.deepEqual(await packedSplit(data, 'train'), {x: bytes});
  assert.deepEqual(await data.split('train'), unpackSplit({x: bytes}));
});

test('a data set that keeps no bytes gives its tensors as they are', async () => {
  const split = {x: hostTensor('int32', [1], Int32Array.of(7))};
  const data = datasetOf({test: split}, 'embedding');
  assert.deepEqual([data.kind, data.splitNames], ['embedding', ['test']]);
  assert.deepEqual(await packedSplit(data, 'test'), split);
});
