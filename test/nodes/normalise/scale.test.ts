import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetValue, PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/normalise/scale.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const labels = hostTensor('uint8', [2], Uint8Array.of(3, 4));
const type = (range?: readonly [number, number]): Record<string, PortType> => ({
  data: {
    kind: 'dataset',
    splits: {train: {images: {dtype: 'uint8', shape: [2, 2], ...(range && {range})}, labels: {dtype: 'uint8', shape: [2]}}},
  },
});

test('the ends of the range go to the ends of the other, bytes and floats alike; labels pass through', async () => {
  for (const images of [
    hostTensor('uint8', [2, 2], Uint8Array.of(0, 51, 204, 255)),
    hostTensor('float32', [2, 2], Float32Array.of(0, 51, 204, 255)),
  ]) {
    const {outputs} = await runNode(node, {
      params: {to: [-1, 1], tensor: 'images'},
      inputs: {data: dataset({train: {images, labels}})},
      types: type([0, 255]),
    });
    const split = await (outputs['data'] as DatasetValue).split('train');
    assert.deepEqual(split['labels'], labels);
    assert.deepEqual(Array.from(split['images']?.data ?? []), [-1, -0.6, 0.6, 1].map(Math.fround));
  }
});

test('the type has the new range; a range that is unknown or upside down is reported', () => {
  const {types, issues} = nodeTypes(node, {params: {to: [0, 1], tensor: 'images'}, types: type([0, 255])});
  assert.deepEqual(issues, []);
  assert.deepEqual(types['data']?.kind === 'dataset' && types['data'].splits['train']?.['images'], {
    dtype: 'float32',
    shape: [2, 2],
    range: [0, 1],
  });
  assert.match(nodeTypes(node, {params: {to: [0, 1], tensor: 'images'}, types: type()}).issues[0]?.message ?? '', /known range/);
  assert.match(
    nodeTypes(node, {params: {to: [1, 0], tensor: 'images'}, types: type([0, 255])}).issues[0]?.message ?? '',
    /from low to high, got \[1, 0\]/,
  );
  assert.match(
    nodeTypes(node, {params: {to: [0, 1], tensor: 'pictures'}, types: type([0, 255])}).issues[0]?.message ?? '',
    /images, labels.*got `pictures`/,
  );
});
