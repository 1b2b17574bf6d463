import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {Addon} from '#tfpipe/tensor/binding.js';
import {GraphBuilder} from '#tfpipe/tensor/graph.js';
import {Session} from '#tfpipe/tensor/session.js';
import {loadTensorFlow, native} from '#tfpipe/tensor/tensorflow.js';

await loadTensorFlow();
const addon = native?.addon as Addon;
const float = {T: {type: 'float32'}} as const;

test('a graph is fed, run and fetched', () => {
  const graph = new GraphBuilder(addon);
  const input = graph.placeholder('input', 'float32', [2, 3]);
  const product = graph.add('MatMul', [input, input], {...float, transpose_a: {bool: true}, transpose_b: {bool: false}});
  const shifted = graph.add('AddV2', [product, graph.scalar(0.5)], float);
  const session = new Session(addon, graph.load());
  const values = hostTensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
  assert.deepEqual(session.run([[input, values]], [shifted, product]), [
    Float32Array.of(17.5, 22.5, 27.5, 22.5, 29.5, 36.5, 27.5, 36.5, 45.5),
    Float32Array.of(17, 22, 27, 22, 29, 36, 27, 36, 45),
  ]);
  session.dispose();
});

test('a graph that TensorFlow refuses says which node, and what to do', () => {
  const graph = new GraphBuilder(addon);
  graph.add('NoSuchOperation', []);
  assert.throws(() => graph.load(), /NoSuchOperation.*compile: false/s);
});

test('an attribute of an unknown kind is refused with the operation', () => {
  const graph = new GraphBuilder(addon);
  assert.throws(
    () => graph.add('Fancy', [], {func: {eager: {name: 'func', type: 99, value: 'f'}}}),
    /attribute `func` of `Fancy` .* got kind 99; set `compile: false`/,
  );
});
