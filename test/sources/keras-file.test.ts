import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {mobilenetV2} from '#tfpipe/networks/pretrained/mobilenet-v2.js';
import {takeWeights} from '#tfpipe/networks/pretrained/take-weights.js';
import {readKerasFile} from '#tfpipe/sources/keras-file.js';
import {formula} from '../networks/pretrained/formula.js';

const bytesOf = (name: string): Buffer => readFileSync(`test/reference/pretrained/${name}`);
const [h5, keras] = [bytesOf('small.h5'), bytesOf('small.keras')];

/** What pretrained_keras.py put into the files: a model inside of a model. */
const expected = {
  first: [formula('first/0', 'kernel', [2, 2, 2, 3], false), formula('first/1', 'bias', [3], false)],
  norm: ['gamma', 'beta', 'movingMean', 'movingVariance'].map((kind, index) => formula(`norm/${index}`, kind, [3], false)),
  apart: [formula('apart/0', 'kernel', [2, 2, 3, 1], true)],
  last: [formula('last/0', 'kernel', [12, 2], false), formula('last/1', 'bias', [2], false)],
};

for (const name of ['small.h5', 'small.weights.h5', 'small.keras'])
  test(`${name} as Keras wrote it: every layer by name, every weight to the bit`, async () => {
    const found = await readKerasFile(bytesOf(name), name);
    assert.deepEqual(Object.fromEntries([...found].sort()), Object.fromEntries(Object.entries(expected).sort()));
  });

const damaged = (from: number, to: number): Buffer => Buffer.from(h5).fill(7, from, to);
for (const [what, bytes, problem] of [
  ['a page of a proxy', Buffer.from('<!DOCTYPE html><html>'), /^Expected `x` to be a file of Keras \(.*\), got a web page$/],
  ['a text', Buffer.from('hello\n'), /got 6 bytes that begin with `hello·`$/],
  ['nothing', Buffer.alloc(0), /got an empty one$/],
  ['half of an .h5', h5.subarray(0, h5.length / 2), /got a damaged or foreign one: truncated file: /],
  ['an .h5 with a hole', damaged(1000, 20_000), /^Expected `x` to be a whole file of Keras .*, got a damaged or foreign one: \w/],
  [
    'half of a .keras',
    keras.subarray(0, keras.length / 2),
    /^Expected `x` to be a whole \.keras file, got a zip that cannot be read/,
  ],
] as const)
  test(`${what} is told of in one sentence`, async () => {
    await assert.rejects(readKerasFile(bytes, '`x`'), (error: Error) => {
      assert.match(error.message, problem);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });

test('a zip of something else, and an HDF5 file of something else', async () => {
  const {zipSync} = await import('fflate');
  await assert.rejects(
    readKerasFile(zipSync({'a.txt': Buffer.from('a')}), '`x`'),
    /^Error: Expected `x` to be a \.keras file, got a zip without `model\.weights\.h5`$/,
  );
  const {File, ready} = await import('h5wasm');
  const {FS} = await ready;
  const file = new File('/other.h5', 'w');
  file.create_dataset({name: 'temperatures', data: new Float32Array(3)});
  file.close();
  await assert.rejects(
    readKerasFile(FS.readFile('/other.h5'), '`x`'),
    /^Error: Expected `x` to be a whole file of Keras with named layers, got .*: no layer with weights in it$/,
  );
});

test('weights of another network, and of another width, are told of with the layer', () => {
  const architecture = {input: [32, 32, 3], layers: mobilenetV2(1).layers};
  const asked = {what: '`x.h5`', network: 'MobileNetV2 with alpha 1'};
  const take = (layer: string, shape: readonly number[]) =>
    takeWeights(
      new Map([[layer, [hostTensor('float32', shape, new Float32Array(shape.reduce((a, b) => a * b)))]]]),
      architecture,
      mobilenetV2(1).places,
      asked,
    );
  assert.throws(
    () => take('stem_conv', [3, 3, 3, 32]),
    /^Error: Expected `x\.h5` to hold the layer `Conv1` of MobileNetV2 with alpha 1, got 1 others, such as `stem_conv`$/,
  );
  assert.throws(
    () => take('Conv1', [3, 3, 3, 16]),
    /^Error: Expected the layer `Conv1` in `x\.h5` to have a first weight of the shape \[3, 3, 3, 32\], as MobileNetV2 with alpha 1 has, got \[3, 3, 3, 16\]$/,
  );
});
