import assert from 'node:assert/strict';
import {test} from 'node:test';
import {sandbox} from './pipeline.js';

const box = sandbox();

test('a training that diverges fails with stage, epoch and batch', () => {
  box.write(
    'diverging.yaml',
    `name: diverging
stages:
  digits: {use: load/mnist, with: {limit: 100}}
  scaled: {use: normalise/scale, in: digits}
  classifier:
    use: train/classifier
    in: scaled
    run: {checkpoint: 1h}
    with:
      layers: [flatten, {dense: 64}, {dense: 64}, {dense: 64}, {dense: 64}, {dense: 10}]
      optimizer: {sgd: {rate: 100}}
      batchSize: 20
      epochs: 20
  mistakes: {use: evaluate/classifier, in: {data: scaled, model: classifier.model}}
`,
  );
  const {status, stderr} = box.pipeline('run', 'diverging.yaml');
  assert.equal(status, 1, stderr);
  assert.match(
    stderr,
    /Expected `loss` to be a finite number, got (NaN|Infinity) in epoch 1?\d, batch \d of 5; no checkpoint had been written yet\. `run: \{tripwires: warn\}` would go on\n/,
  );
});

test('a spoilt result fails its stage by name and index; with tripwires: warn it is kept and told', () => {
  box.write(
    'spoil.ts',
    `import {defineNode, mapDataset, Type} from 'tfpipe';
export const node = defineNode({
  type: 'test/spoil', summary: 'Spoils.', example: '', params: Type.Object({}), usesTensors: false,
  inputs: {data: {kind: 'dataset', description: 'Images.'}},
  prepare: (_params, {data}) => data,
  outputs: (data) => ({data}),
  run: async ({inputs: {data}}) => ({
    data: mapDataset(data, 'images', (images) => ({...images, data: images.data.map((value, at) => (at === 800 ? NaN : value))})),
  }),
});
`,
  );
  box.write(
    'spoilt.yaml',
    `name: spoilt
stages:
  digits: {use: load/mnist, with: {limit: 20}}
  scaled: {use: normalise/standardise, in: digits}
  spoilt: {use: ./spoil.ts, in: scaled, run: {tripwires: fail}}
  grid: {use: visualise/images, in: spoilt, with: {split: test}}
`,
  );
  const failed = box.pipeline('run', 'spoilt.yaml');
  assert.equal(failed.status, 1);
  const told =
    /Expected `spoilt\.data\/train\/images` to hold finite numbers, got NaN at \[1, 0, 16, 0\]; 1 of 15680 values are not/;
  assert.match(failed.stderr, told);
  const warned = box.pipeline('run', 'spoilt.yaml', '--set', 'stages.spoilt.run.tripwires=warn');
  assert.equal(warned.status, 0, warned.stderr);
  assert.match(warned.stdout, /tripwire: Expected `spoilt/);
  assert.match(warned.stdout, told);
  assert.match(box.pipeline('peek', 'spoilt', '--split', 'train').stdout, /train\/images .* 1\n/);
});
