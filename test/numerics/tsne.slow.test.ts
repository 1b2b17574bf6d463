import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type HostTensor, hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetValue, Split} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/load/mnist.js';
import {nearestNeighbourAccuracy} from '#tfpipe/numerics/metrics/nearest-neighbour.js';
import {trustworthiness} from '#tfpipe/numerics/metrics/trustworthiness.js';
import {tsne} from '#tfpipe/numerics/tsne.js';
import {runNode} from '../nodes/run-node.js';

const pooled = 49;
const dimensions = 10;

/** Ink of the 7 × 7 fields of 4 × 4 pixels, in 0..1; [n × 49]. */
function fields({data}: HostTensor): Float64Array {
  const result = new Float64Array((data.length / 784) * pooled);
  for (const [at, value] of data.entries()) {
    const [image, pixel] = [Math.floor(at / 784), at % 784];
    const place = image * pooled + 7 * Math.floor(pixel / 112) + Math.floor((pixel % 28) / 4);
    result[place] = (result[place] ?? 0) + value / 4080;
  }
  return result;
}

/** The first ten principal directions, by power iteration and deflation. */
function directions(points: Float64Array): Float64Array[] {
  const count = points.length / pooled;
  const row = (index: number): Float64Array => points.subarray(index * pooled, (index + 1) * pooled);
  const mean = new Float64Array(pooled);
  for (let index = 0; index < count; index++)
    for (const [at, value] of row(index).entries()) mean[at] = (mean[at] ?? 0) + value / count;
  const covariance = Array.from({length: pooled}, () => new Float64Array(pooled));
  for (let index = 0; index < count; index++) {
    const centred = row(index).map((value, at) => value - (mean[at] ?? 0));
    for (const [a, line] of covariance.entries())
      for (let b = 0; b < pooled; b++) line[b] = (line[b] ?? 0) + ((centred[a] ?? 0) * (centred[b] ?? 0)) / count;
  }
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  const found: Float64Array[] = [];
  for (let wanted = 0; wanted < dimensions; wanted++) {
    let direction = Float64Array.from({length: pooled}, (_, at) => 1 + at);
    for (let round = 0; round < 300; round++) {
      const turned = Float64Array.from(covariance, (line) => dot(line, direction));
      for (const other of found) {
        const along = dot(turned, other);
        for (let at = 0; at < pooled; at++) turned[at] = (turned[at] ?? 0) - along * (other[at] ?? 0);
      }
      const length = Math.hypot(...turned);
      direction = turned.map((value) => value / length);
    }
    found.push(direction);
  }
  return found;
}

function project(points: Float64Array, axes: readonly Float64Array[]): HostTensor<'float32'> {
  const count = points.length / pooled;
  const data = Float32Array.from({length: count * dimensions}, (_, at) => {
    const [start, axis] = [Math.floor(at / dimensions) * pooled, axes[at % dimensions] as Float64Array];
    let sum = 0;
    for (let index = 0; index < pooled; index++) sum += (points[start + index] ?? 0) * (axis[index] ?? 0);
    return sum;
  });
  return hostTensor('float32', [count, dimensions], data);
}

/** Seconds of this process's own work: what others do on the machine does not count. */
async function seconds<T>(work: () => T | Promise<T>): Promise<{readonly result: T; readonly spent: number}> {
  const before = process.cpuUsage();
  const result = await work();
  const {user, system} = process.cpuUsage(before);
  return {result, spent: (user + system) / 1e6};
}

test('ten principal components of real digits: 10,000 on a map within 20 seconds of one core, 55,000 searched within five', async (t) => {
  const digits = (await runNode(node, {params: {validation: 5000}})).outputs['data'] as DatasetValue;
  const [train, tested] = (await Promise.all([digits.split('train'), digits.split('test')])) as [Split, Split];
  const [trainFields, testFields] = [fields(train['images'] as HostTensor), fields(tested['images'] as HostTensor)];
  const axes = directions(testFields);
  const codes = project(testFields, axes);
  const labels = tested['labels'] as HostTensor;

  const drawn = await seconds(() => tsne(codes, {perplexity: 30, iterations: 750}));
  const trust = await seconds(() => trustworthiness(codes, drawn.result.map, 12));
  const trained = {codes: project(trainFields, axes), labels: train['labels'] as HostTensor};
  const accuracy = await seconds(() => nearestNeighbourAccuracy(trained, {codes, labels}, 10));
  t.diagnostic(
    `map ${drawn.spent.toFixed(1)} s, divergence ${drawn.result.klDivergence.toFixed(4)}; trustworthiness ${trust.result.toFixed(4)} in ` +
      `${trust.spent.toFixed(1)} s; accuracy ${accuracy.result} in ${accuracy.spent.toFixed(1)} s`,
  );
  assert.ok(trust.result >= 0.98, `trustworthiness ${trust.result}`);
  assert.ok(accuracy.result > 0.9, `accuracy ${accuracy.result}`);
  assert.ok(drawn.spent < 20, `the map took ${drawn.spent} s`);
  assert.ok(trust.spent < 5, `trustworthiness took ${trust.spent} s`);
  assert.ok(accuracy.spent < 5, `the search took ${accuracy.spent} s`);
});
