import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, FigureValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/film.js';
import {greyCounts} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const type = (shape: readonly (number | string)[]): DatasetType => ({
  kind: 'dataset',
  splits: {snapshots: {images: {dtype: 'float32', shape, range: [-1, 1]}}},
});

test('the still is the last snapshot, the film has them all', async () => {
  // two snapshots of one image: all white, then all black
  const images = hostTensor(
    'float32',
    [2, 1, 4, 4, 1],
    Float32Array.from({length: 32}, (_, at) => (at < 16 ? -1 : 1)),
  );
  const steps = hostTensor('int32', [2], Int32Array.of(58, 116));
  const {outputs} = await runNode(node, {
    params: {frameMilliseconds: 100},
    inputs: {snapshots: dataset({snapshots: {images, steps}})},
    types: {snapshots: type(['snapshots', 1, 4, 4, 1])},
  });
  const {png, film, alt} = outputs['figure'] as FigureValue;
  // 4×4 pixels, drawn 2 units wide at 2 pixels a unit
  assert.ok((greyCounts(png).get(0) ?? 0) >= 256);
  assert.match(alt, /after step 58 to 116/);
  assert.equal(Buffer.from(film?.subarray(0, 6) ?? []).toString(), 'GIF89a');
});

test('what is no snapshots is reported', () => {
  const {issues} = nodeTypes(node, {params: {frameMilliseconds: 100}, types: {snapshots: type([5, 28, 28, 1])}});
  assert.match(issues[0]?.message ?? '', /\[snapshots, count, height, width, 1\], got \[5, 28, 28, 1\]/);
});
