import assert from 'node:assert/strict';
import {test} from 'node:test';
import {staleKernels} from '#scripts/wasm.js';
import {nearest} from '#tfpipe/wasm/kernels/nearest.js';
import {Threads} from '#tfpipe/wasm/threads.js';

test('src/wasm/kernels/ is what wasm/ compiles to', async () => {
  assert.deepEqual(await staleKernels(), [], 'run npm run generate');
});

test('a thousand jobs, one after the other, each chunk done once; arguments of one never reach another', async () => {
  await Threads.use(
    [nearest],
    async (threads) => {
      for (let job = 1; job <= 1000; job++) {
        const [count, dimensions] = [1024 * (1 + (job % 3)), 1 + (job % 2)];
        const points = threads.floats(count * dimensions).fill(job);
        const packed = threads.floats(count * dimensions + 4).fill(-1, count * dimensions);
        threads.run('pack', count / 1024, points, packed, count, dimensions);
        assert.deepEqual(
          packed,
          Float32Array.from(packed, (_, at) => (at < count * dimensions ? job : -1)),
        );
      }
    },
    4,
  );
});

test('an unknown kernel and too much memory are errors; what fails on another thread fails here', async () => {
  await Threads.use(
    [nearest],
    async (threads) => {
      assert.throws(() => threads.run('none', 1), RangeError);
      assert.throws(() => threads.floats(2 ** 31), RangeError);
      // past the end of the memory
      assert.throws(() => threads.run('pack', 8, 0xffff_0000, 0xffff_0000, 8192, 1), {message: 'pack failed'});
    },
    3,
  );
});
