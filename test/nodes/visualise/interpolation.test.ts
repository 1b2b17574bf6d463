import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {FigureValue} from '#tfpipe/nodes/ports.js';
import {node} from '#tfpipe/nodes/visualise/interpolation.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {matrix, model, modelType, pngSize, vector} from '../models.js';
import {nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

const generator = model([1], [{dense: 16}, {reshape: [4, 4, 1]}, 'sigmoid'], {
  '0.kernel': matrix([new Array<number>(16).fill(1)]),
  '0.bias': vector(new Array<number>(16).fill(0)),
});

test('a row a pair; the seed decides the pairs', async () => {
  const walk = async (seed: number): Promise<Uint8Array> => {
    const types = {generator: modelType([1], [4, 4, 1])};
    const {outputs} = await runNode(node, {params: {rows: 3, steps: 5}, inputs: {generator}, types, seed});
    return (outputs['figure'] as FigureValue).png;
  };
  const first = await walk(1);
  const [width, height] = pngSize(first);
  assert.ok(width > height, `${width}×${height}`);
  assert.deepEqual(await walk(1), first);
  assert.notDeepEqual(await walk(2), first);
});

test('a model that gives no images is reported', () => {
  const {issues} = nodeTypes(node, {params: {rows: 3, steps: 5}, types: {generator: modelType([1], [10])}});
  assert.match(issues[0]?.message ?? '', /generator of images \[height, width, 1\], got one of \[10\]/);
});
