import {counterUniform} from '#tfpipe/core/counter-random.js';
import {hostTensor} from '#tfpipe/core/host-tensor.js';

export const count = 300;
const noise = counterUniform([1, 2], count * 5);
/** float32 [count, 5]: three clouds far apart. */
export const codes = hostTensor(
  'float32',
  [count, 5],
  Float32Array.from({length: count * 5}, (_, at) => (noise[at] ?? 0) + 10 * (Math.floor(at / 5) % 3) * (at % 5 === 0 ? 1 : 0.3)),
);
/** uint8 [count]: whose cloud each is in. */
export const labels = hostTensor(
  'uint8',
  [count],
  Uint8Array.from({length: count}, (_, index) => index % 3),
);
