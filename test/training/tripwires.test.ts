import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {tensorFault} from '#tfpipe/runner/run/edge-tripwires.js';
import {trainEpochs} from '#tfpipe/training/loop.js';
import {firstNonFinite, LossTripwires} from '#tfpipe/training/tripwires.js';
import {stage, steps} from './stage.js';

test('a loss that is no finite number is told of once', () => {
  const wires = new LossTripwires();
  assert.equal(wires.fault({loss: 1, discriminatorLoss: 0.5}), undefined);
  assert.equal(wires.fault({loss: Number.NaN}), 'Expected `loss` to be a finite number, got NaN');
  assert.equal(wires.fault({loss: Number.NaN}), undefined);
});

test('a discriminator that never errs for 200 steps in a row has collapsed', () => {
  const wires = new LossTripwires();
  const faults = (steps: number, loss: number) =>
    Array.from({length: steps}, () => wires.fault({discriminatorLoss: loss})).filter((fault) => fault !== undefined);
  assert.deepEqual(faults(199, 1e-6), []);
  assert.deepEqual(faults(1, 0.3), []);
  assert.deepEqual(faults(199, 1e-6), []);
  assert.match(
    String(faults(1, 1e-6)),
    /^Expected the discriminator to err now and then, got a loss under 0\.0001 for 200 steps/,
  );
});

test('NaN and infinities are found among values whose sum could hide them', () => {
  assert.equal(firstNonFinite(Float32Array.of(3e38, 3e38, 3e38, -3e38)), -1);
  assert.equal(firstNonFinite(Float32Array.of(0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)), 1);
  assert.equal(firstNonFinite(Float32Array.of(0, 1, Number.NaN)), 2);
});

test('results: NaN with its index, a constant feature of an embedding, a constant data set', () => {
  const codes = hostTensor(
    'float32',
    [8, 2],
    Float32Array.from({length: 16}, (_, at) => (at % 2 === 0 ? at : 5)),
  );
  assert.equal(
    tensorFault('codes/train/codes', codes, 'embedding'),
    'Expected every feature of `codes/train/codes` to vary, got 5 for all 8 examples in feature 1',
  );
  assert.equal(tensorFault('codes', codes, 'dataset'), undefined);
  const few = hostTensor('float32', [2, 2], Float32Array.of(1, 5, 2, 5));
  assert.equal(tensorFault('codes', few, 'embedding'), undefined);
  const black = hostTensor('uint8', [8, 3, 3], new Uint8Array(72));
  assert.equal(tensorFault('images', black, 'dataset'), 'Expected `images` to vary, got 0 everywhere');
  const broken = hostTensor('float32', [2, 3], Float32Array.of(0, 1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY));
  assert.equal(
    tensorFault('images', broken, 'model'),
    'Expected `images` to hold finite numbers, got NaN at [1, 1]; 2 of 6 values are not',
  );
});

/** Ten steps in two epochs, each longer than the loop keeps the process to itself, so that each ends in a checkpoint. */
async function train(loss: (position: number) => number, weight: (position: number) => number) {
  const saved: number[] = [];
  const {step, now, taken} = steps({milliseconds: 105, loss, weight});
  const trip = (sentence: string): void => {
    throw new Error(sentence);
  };
  const training = trainEpochs(
    {step, now, examples: 5, batchSize: 1, epochs: 2, validateEvery: 1, evaluate: () => ({})},
    stage({trip, checkpoints: {everySeconds: 0, save: async () => void saved.push(taken())}}),
  );
  return {message: await training.then(String, (error: Error) => error.message), saved};
}

test('a loss of NaN stops a training at its epoch and batch; the last good checkpoint stays', async () => {
  const {message, saved} = await train(
    (position) => (position < 8 ? 1 : Number.NaN),
    () => 1,
  );
  assert.equal(
    message,
    'Expected `loss` to be a finite number, got NaN in epoch 2, batch 3 of 5; the last good checkpoint, of step 7, is kept',
  );
  assert.deepEqual(saved, [1, 2, 3, 4, 5, 6, 7]);
});

test('weights that are spoilt before any loss shows it are not saved', async () => {
  const {message, saved} = await train(
    () => 1,
    (position) => (position < 2 ? 1 : Number.POSITIVE_INFINITY),
  );
  assert.equal(
    message,
    'Expected `weight` to hold finite numbers, got Infinity in epoch 1, batch 2 of 5; the last good checkpoint, of step 1, is kept',
  );
  assert.deepEqual(saved, [1]);
});
