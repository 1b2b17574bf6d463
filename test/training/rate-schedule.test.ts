import assert from 'node:assert/strict';
import {test} from 'node:test';
import {needsLength, type RateSchedule, rateFactor} from '#tfpipe/training/rate-schedule.js';

const factors = (schedule: RateSchedule, steps: readonly number[], stepsPerEpoch = 10, epochs = 10): number[] =>
  steps.map((step) => Number(rateFactor(schedule, stepsPerEpoch, epochs)(step).toFixed(6)));

test('steps: a factor every so many epochs', () => {
  assert.deepEqual(factors({step: {every: 3, factor: 0.5}}, [0, 29, 30, 59, 60, 99]), [1, 1, 0.5, 0.5, 0.25, 0.125]);
});

test('cosine: from 1 at the first step to the floor at the last, the mean of both half-way', () => {
  assert.deepEqual(factors({cosine: {floor: 0.2}}, [0, 50, 100], 101, 1), [1, 0.6, 0.2]);
});

// values of torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1, total_steps=100), PyTorch's formula with its defaults
test('one cycle: PyTorch’s', () => {
  const oneCycle = {start: 0.04, peakAt: 0.3, end: 4e-6};
  const [first, quarter, peak, last] = factors({oneCycle}, [0, 14, 29, 99]);
  assert.deepEqual([first, peak, last], [0.04, 1, 4e-6]);
  assert.equal(quarter, Number((1 + ((0.04 - 1) / 2) * (1 + Math.cos((Math.PI * 14) / 29))).toFixed(6)));
  assert.deepEqual(factors({oneCycle}, [64]), [Number((4e-6 + ((1 - 4e-6) / 2) * (1 + Math.cos(Math.PI / 2))).toFixed(6))]);
});

test('a schedule over one step, or two, is finite', () => {
  for (const schedule of [{cosine: {floor: 0}}, {oneCycle: {start: 0.04, peakAt: 0.3, end: 0}}])
    for (const epochs of [1, 2])
      for (const step of [0, epochs - 1]) assert.ok(Number.isFinite(rateFactor(schedule, 1, epochs)(step)));
});

test('only steps do not depend on the number of epochs', () => {
  const schedules: (RateSchedule | undefined)[] = [
    undefined,
    {step: {every: 1, factor: 0.5}},
    {cosine: {floor: 0}},
    {oneCycle: {start: 0.04, peakAt: 0.3, end: 0}},
  ];
  assert.deepEqual(schedules.map(needsLength), [false, false, true, true]);
});
