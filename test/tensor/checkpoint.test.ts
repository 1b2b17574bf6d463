import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {decodeCheckpoint, encodeCheckpoint, furthestCheckpoint} from '#tfpipe/tensor/checkpoint.js';

const saved = (step: number) => ({tensors: {weight: hostTensor('float32', [1], Float32Array.of(step))}, progress: {step}});

test('a checkpoint brings back its tensors and its progress; there may be none', async () => {
  const found = decodeCheckpoint<{step: number}>(await encodeCheckpoint(saved(7)));
  assert.deepEqual(found?.progress, {step: 7});
  assert.deepEqual([...(found?.tensors['weight']?.data ?? [])], [7]);
  assert.equal(decodeCheckpoint(undefined), undefined);
});

for (const [what, stopped, finished, limit, expected] of [
  ['nothing saved', undefined, undefined, 10, [undefined, false, 0]],
  ['the checkpoint, when it is further', 6, 4, 10, [6, false, 4]],
  ['the finished run, when it is further', 3, 4, 10, [4, true, 4]],
  ['the checkpoint, when both are as far', 4, 4, 10, [4, false, 4]],
  ['nothing past the limit', 3, 12, 10, [3, false, 12]],
] as const)
  test(`resumes from the furthest state: ${what}`, async () => {
    const bytes = async (step: number | undefined) => (step === undefined ? undefined : encodeCheckpoint(saved(step)));
    const checkpoints = {
      everySeconds: 1,
      load: () => bytes(stopped),
      loadFinished: () => bytes(finished),
      save: async () => {},
      saveFinished: async () => {},
    };
    const found = await furthestCheckpoint<{step: number}>(checkpoints, ({progress}) => progress.step, limit);
    assert.deepEqual([found.saved?.progress.step, found.isFinished, found.reached], expected);
  });
