import assert from 'node:assert/strict';
import {test} from 'node:test';
import {PNG} from 'pngjs';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {FigureValue, PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/retrieval.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const params = {queries: 'test', gallery: 'train', distance: 'euclidean', count: 2, nearest: 2};
/** Example i is a square of grey 40 i at code (i, 1). */
const split = (...values: number[]) => ({
  codes: hostTensor('float32', [values.length, 2], Float32Array.from(values.flatMap((value) => [value, 1]))),
  images: hostTensor('uint8', [values.length, 2, 2, 1], Uint8Array.from(values.flatMap((value) => Array(4).fill(40 * value)))),
  labels: hostTensor('uint8', [values.length], Uint8Array.from(values)),
});
const value = {train: split(0, 3, 5, 6), test: split(4, 1, 2)};
const images = (name: 'train' | 'test') => ({images: value[name].images, labels: value[name].labels});
const inputs = {
  codes: dataset({train: {codes: value.train.codes}, test: {codes: value.test.codes}}, 'embedding'),
  data: dataset({train: images('train'), test: images('test')}),
};
const tensor = (shape: readonly number[]) => ({dtype: 'uint8', shape, range: [0, 255]}) as const;
const data: PortType = {
  kind: 'dataset',
  splits: {train: {images: tensor([4, 2, 2, 1])}, test: {images: tensor([3, 2, 2, 1])}},
};

/** Greys of the pictures, row by row, as drawn: black on white. */
async function drawn(given: object): Promise<readonly number[]> {
  const {outputs} = await runNode(node, {params: {...params, ...given}, inputs, types: {data}});
  const png = PNG.sync.read(Buffer.from((outputs['figure'] as FigureValue).png));
  const columns = 3;
  const scale = png.width / (40 + columns * 112);
  const [across, down] = [112, 84 + 6 + 2 * 15 + 16];
  return Array.from({length: 6}, (_, index) => {
    const [x, y] = [20 + (index % columns) * across + 42, 54 + Math.floor(index / columns) * down + 42].map((at) =>
      Math.round(at * scale),
    ) as [number, number];
    return 255 - (png.data[4 * (y * png.width + x)] ?? 0);
  });
}

test('beside each query stands what is nearest, by distance and by angle', async () => {
  // 4 is as far from 3 as from 5; the one with the lower index comes first
  assert.deepEqual(await drawn({}), [160, 120, 200, 40, 0, 120]);
  // angles of (i, 1), atan 1 / i: 4 lies 2.7° from 5 and 4.4° from 3; 1 lies 27° from 3, 34° from 5 and 45° from 0
  assert.deepEqual(await drawn({distance: 'cosine'}), [160, 200, 120, 40, 120, 200]);
});

test('splits that are the same, missing or of other lengths are reported', () => {
  const codes: PortType = {
    kind: 'embedding',
    splits: {train: {codes: {dtype: 'float32', shape: [9, 2]}}, test: {codes: {dtype: 'float32', shape: [3, 2]}}},
  };
  const messages = (given: object) =>
    nodeTypes(node, {params: {...params, ...given}, types: {codes, data}}).issues.map(({message}) => message);
  assert.equal(messages({}).length, 1);
  assert.match(messages({})[0] ?? '', /9|4/);
  assert.deepEqual(messages({queries: 'none'}), [
    'Expected a split `none` with `codes`, got none',
    'Expected a split `none` with `images`, got none',
    messages({})[0],
  ]);
  assert.ok(messages({gallery: 'test'})[0]?.startsWith('Expected `gallery` to be another split than `queries`'));
});
