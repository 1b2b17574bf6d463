import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Batch, firstBatch, halves, jsonNumber, sizeOf} from '#tfpipe/trackers/mlflow/batches.js';

const numbers = (length: number): number[] => Array.from({length}, (_, index) => index);
const batch = (params: number, tags: number, metrics: number, letters = 1): Batch => ({
  params: numbers(params).map((index) => ({key: `p${index}`, value: 'ß'.repeat(letters)})),
  tags: numbers(tags).map((index) => ({key: `t${index}`, value: 'v'})),
  metrics: numbers(metrics).map((index) => ({key: 'm', value: index, timestamp: 1, step: index})),
});
const sizes = ({params, tags, metrics}: Batch): number[] => [params.length, tags.length, metrics.length];

test('a batch keeps to every limit of the server', () => {
  assert.deepEqual(sizes(firstBatch(batch(3, 2, 1))), [3, 2, 1]);
  assert.deepEqual(sizes(firstBatch(batch(250, 120, 3000))), [100, 99, 800]);
  assert.deepEqual(sizes(firstBatch(batch(0, 0, 3000))), [0, 0, 999]);
  const long = firstBatch(batch(100, 0, 3000, 6000));
  assert.ok(Buffer.byteLength(JSON.stringify(long)) < 1e6);
  assert.ok(long.params.length > 70 && long.params.length < 75);
});

test('halving a batch again and again ends with each entry alone, in order', () => {
  const alone = (whole: Batch): Batch[] => (sizeOf(whole) === 1 ? [whole] : halves(whole).flatMap(alone));
  const whole = batch(5, 3, 6);
  const parts = alone(whole);
  assert.equal(parts.length, 14);
  assert.deepEqual(
    parts.flatMap(({params, tags, metrics}) => [...params, ...tags, ...metrics]),
    [...whole.params, ...whole.tags, ...whole.metrics],
  );
});

test('words stand for what JSON has no numbers for', () => {
  assert.deepEqual([0.5, Number.NaN, Infinity, -Infinity].map(jsonNumber), [0.5, 'NaN', 'Infinity', '-Infinity']);
});
