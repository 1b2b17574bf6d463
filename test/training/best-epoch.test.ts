import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {BestEpoch} from '#tfpipe/training/best-epoch.js';

const history = (...values: (number | undefined)[]) =>
  values.map((value, index) => ({epoch: index + 1, ...(value !== undefined && {accuracy: value})}));

test('the first of the best epochs; those without the figure, or with none that is a number, are passed over', () => {
  const best = new BestEpoch({figure: 'accuracy', better: 'higher'});
  assert.equal(best.of(history(undefined, 0.5, Number.NaN, 0.7, 0.7, undefined, 0.6))?.epoch, 4);
  assert.equal(best.of(history(undefined, Number.NaN)), undefined);
  assert.equal(new BestEpoch({figure: 'accuracy', better: 'lower'}).of(history(0.5, 0.4, 0.6))?.epoch, 2);
});

test('the weights are copied after an epoch that is the best so far, and only then', () => {
  let now = 0;
  const weights = () => ({w: hostTensor('float32', [1], Float32Array.of(now))});
  const best = new BestEpoch({figure: 'accuracy', better: 'higher', weights});
  const values = [0.5, 0.4, 0.9, 0.8];
  const kept = values.map((_, index) => {
    now = index + 1;
    best.afterEpoch(history(...values.slice(0, index + 1)));
    return best.weights['w']?.data[0];
  });
  assert.deepEqual(kept, [1, 1, 3, 3]);
});

test('training is over after `patience` epochs without a better one', () => {
  const best = new BestEpoch({figure: 'accuracy', better: 'higher', patience: 2});
  const over = (...values: number[]): boolean => best.isOver(history(...values));
  assert.deepEqual(
    [over(), over(0.5), over(0.5, 0.4), over(0.5, 0.4, 0.5), over(0.5, 0.4, 0.6)],
    [false, false, false, true, false],
  );
});
