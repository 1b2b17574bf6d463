import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {pythonWith} from '#scripts/python-venv.js';
import {layOut} from '#tfpipe/networks/architecture.js';
import {Network} from '#tfpipe/networks/network.js';
import {efficientnetB0} from '#tfpipe/networks/pretrained/efficientnet-b0.js';
import {mobilenetV2} from '#tfpipe/networks/pretrained/mobilenet-v2.js';
import {takeWeights} from '#tfpipe/networks/pretrained/take-weights.js';
import {readKerasFile} from '#tfpipe/sources/keras-file.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {largestDifference} from '../../training/steps/gradients.js';

interface Case {
  readonly network: 'mobilenetV2' | 'efficientnetB0';
  readonly alpha: number;
  readonly size: number;
  readonly stem: string;
  readonly parameters: number;
}

const folder = mkdtempSync(join(tmpdir(), 'tfpipe-keras-'));
let cases: readonly Case[] = [];
before(async () => {
  await loadTensorFlow();
  // Keras saves random weights of whole networks, and what they compute
  execFileSync(pythonWith('bench/peers/keras.txt', 'bench-keras'), ['test/reference/pretrained_keras.py', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Case[];
});
after(() => rmSync(folder, {recursive: true}));

const floats = (path: string): Float32Array => {
  const bytes = readFileSync(join(folder, path));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

test('random weights saved by Keras, loaded from every format: outputs to 1e-4, training and inference', async () => {
  assert.equal(cases.length, 6);
  for (const {network, alpha, size, stem, parameters} of cases) {
    const {layers, places} = network === 'mobilenetV2' ? mobilenetV2(alpha) : efficientnetB0({published: false, dropPath: 0});
    const architecture = {input: [size, size, 3], layers};
    const laid = layOut(architecture);
    assert.ok(laid.status === 'fits');
    // Keras counts a number of examples besides
    const counted = laid.layout.parameters + laid.layout.averages + (network === 'mobilenetV2' ? 0 : 1);
    assert.equal(counted, parameters);
    const [first, ...others] = await Promise.all(
      ['h5', 'weights.h5', 'keras'].map(async (suffix) => {
        const what = `${stem}.${suffix}`;
        const file = await readKerasFile(readFileSync(join(folder, what)), what);
        return takeWeights(file, architecture, places, {what, network});
      }),
    );
    for (const other of others) assert.deepEqual(other, first);
    const loaded = Network.restore('loaded', architecture, first ?? {});
    const pictures = tf.tensor4d(floats(`${stem}.pictures`), [4, size, size, 3]);
    for (const mode of ['evaluation', 'training'] as const) {
      const found = tf.tidy(() => loaded.apply(pictures, {mode}).dataSync());
      const difference = largestDifference(found, floats(`${stem}.${mode}`));
      console.log(`${stem}, ${mode}: off by ${difference.toExponential(1)} at most`);
      assert.ok(difference < 1e-4, `${stem}, ${mode}: off by ${difference}`);
    }
    pictures.dispose();
    loaded.dispose();
  }
});
