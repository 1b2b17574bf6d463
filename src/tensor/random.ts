import type * as tfjs from '@tensorflow/tfjs';
import {counterUniform, mix} from '../core/counter-random.js';
import {sizeOf} from '../core/host-tensor.js';
import type {TensorflowBinding} from './binding.js';
import {native, tf} from './tensorflow.js';

/**
 * Random tensors that are a function of (seed, step, order of the call within the step) and of nothing else: no state is kept
 * between steps, so a step computed again, or after a restart, draws the same numbers. Make one for every step.
 *
 * On TensorFlow these are its stateless operations (Philox 4x32-10: Salmon et al. 2011), also inside a compiled step, where
 * `step` is fed anew each time. Other backends draw from Philox in JavaScript: other numbers, the same guarantees.
 */
export class RandomStream {
  readonly #seed: number;
  readonly #step: tfjs.Scalar;
  #calls = 0;

  /** `seed`: 31-bit integer. `step`: int32 scalar. */
  constructor(seed: number, step: tfjs.Scalar) {
    this.#seed = seed;
    this.#step = step;
  }

  /** The number of the step that these numbers are for, int32: in a compiled step the value that is fed, for what changes from step to step. */
  get step(): tfjs.Scalar {
    return this.#step;
  }

  /** float32 of `shape`, uniform in [low, high). */
  uniform(shape: readonly number[], low = 0, high = 1): tfjs.Tensor {
    return tf.tidy(() => {
      const unit = this.#draw('StatelessRandomUniform', shape);
      return low === 0 && high === 1 ? unit : tf.add(tf.mul(unit, high - low), low);
    });
  }

  /** float32 of `shape`, normal. */
  normal(shape: readonly number[], mean = 0, deviation = 1): tfjs.Tensor {
    return tf.tidy(() => scaled(this.#draw('StatelessRandomNormal', shape), mean, deviation));
  }

  /** float32 of `shape`, normal, values beyond two deviations drawn again. */
  truncatedNormal(shape: readonly number[], mean = 0, deviation = 1): tfjs.Tensor {
    return tf.tidy(() => scaled(this.#draw('StatelessTruncatedNormal', shape), mean, deviation));
  }

  /** float32 of `shape`: 1 with the given probability as `drawnProbability` rounds it, else 0. */
  bernoulli(shape: readonly number[], probability: number): tfjs.Tensor {
    const {parts, of} = fraction(probability);
    if (parts === 0 || parts === of) return tf.fill([...shape], parts === 0 ? 0 : 1);
    if (!native) return tf.tidy(() => tf.cast(tf.less(this.uniform(shape), parts / of), 'float32'));
    return this.#nativeBernoulli(native, shape, parts, of === 256 ? 'uint8' : 'uint16');
  }

  /** Several draws from each 32-bit word: random bits are most of what a dropout costs. */
  #nativeBernoulli(
    tensorflow: TensorflowBinding,
    shape: readonly number[],
    threshold: number,
    part: 'uint8' | 'uint16',
  ): tfjs.Tensor {
    const call = this.#calls++;
    const size = sizeOf(shape);
    const draws = part === 'uint8' ? 4 : 2;
    const list = (values: readonly number[]): tfjs.Tensor => tf.tensor1d([...values], 'int32');
    return tf.tidy(() => {
      const inputs = [
        list([Math.ceil(size / draws)]),
        this.#key(call),
        list([-1]),
        list([0]),
        list([size]),
        list(shape),
        tf.scalar(threshold, 'int32'),
      ];
      const type = tensorflow.type.bind(tensorflow);
      const integers = [type('dtype', 'int32'), type('T', 'int32'), type('Tseed', 'int32')];
      const reshaping = [type('T', part), type('Tshape', 'int32')];
      return tensorflow.compose(inputs, (run, count = 0, key = 0, flat = 0, first = 0, all = 0, wanted = 0, limit = 0) => {
        const words = run('StatelessRandomUniformFullInt', integers, [count, key]);
        const drawn = run('Bitcast', [type('T', 'int32'), type('type', part)], [words]);
        const line = run('Reshape', reshaping, [drawn, flat]);
        const exact = size % draws === 0 ? line : run('Slice', [type('T', part), type('Index', 'int32')], [line, first, all]);
        const bits = run('Reshape', reshaping, [exact, wanted]);
        const below = run('Less', [type('T', part)], [bits, run('Cast', [type('SrcT', 'int32'), type('DstT', part)], [limit])]);
        return run('Cast', [type('SrcT', 'bool'), type('DstT', 'float32')], [below]);
      });
    });
  }

  #draw(operation: StatelessOperation, shape: readonly number[]): tfjs.Tensor {
    const call = this.#calls++;
    return native ? this.#native(operation, shape, call) : this.#composed(operation, shape, call);
  }

  #native(operation: StatelessOperation, shape: readonly number[], call: number): tfjs.Tensor {
    if (!native) throw new Error('the TensorFlow backend is not loaded');
    const attributes = [native.type('dtype', 'float32'), native.type('T', 'int32'), native.type('Tseed', 'int32')];
    return native.run(operation, attributes, [tf.tensor1d([...shape], 'int32'), this.#key(call)]);
  }

  /** Two 32-bit words: seed and call in one, the step in the other. */
  #key(call: number): tfjs.Tensor {
    return tf.stack([tf.scalar(mix(this.#seed, call), 'int32'), this.#step]);
  }

  #composed(operation: StatelessOperation, shape: readonly number[], call: number): tfjs.Tensor {
    const step = this.#step.dataSync()[0] ?? 0;
    const size = sizeOf(shape);
    const key = [mix(this.#seed, call), step] as const;
    if (operation === 'StatelessRandomUniform') {
      // 24 bits are what float32 holds below 1; more would round up to 1
      const values = Float32Array.from(counterUniform(key, size), (value) => Math.floor(value * 2 ** 24) / 2 ** 24);
      return tf.tensor(values, [...shape], 'float32');
    }
    return tf.tensor(normals(key, size, operation === 'StatelessTruncatedNormal'), [...shape], 'float32');
  }
}

/** A probability as it is drawn: a multiple of 1/256, or of 1/65536 where it is within 1/32 of 0 or 1. */
function fraction(probability: number): {readonly parts: number; readonly of: number} {
  const of = Math.min(probability, 1 - probability) < 1 / 32 ? 65536 : 256;
  return {parts: Math.min(of, Math.max(0, Math.round(probability * of))), of};
}

/** The probability that `bernoulli` really draws with. */
export function drawnProbability(probability: number): number {
  const {parts, of} = fraction(probability);
  return parts / of;
}

type StatelessOperation = 'StatelessRandomUniform' | 'StatelessRandomNormal' | 'StatelessTruncatedNormal';

const scaled = (standard: tfjs.Tensor, mean: number, deviation: number): tfjs.Tensor => {
  const spread = deviation === 1 ? standard : tf.mul(standard, deviation);
  return mean === 0 ? spread : tf.add(spread, mean);
};

/** Box and Muller 1958; a truncated normal draws again, from further along the same stream, what lies beyond two deviations. */
function normals(key: readonly [number, number], size: number, truncated: boolean): Float32Array {
  const values = new Float32Array(size);
  const limit = truncated ? 2 : Number.POSITIVE_INFINITY;
  let filled = 0;
  for (let block = 0; filled < size; block++) {
    const count = Math.max(64, 2 * Math.ceil((size - filled) * 0.6));
    const uniform = counterUniform(key, count, block + 1);
    for (let index = 0; index + 1 < count && filled < size; index += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - (uniform[index] ?? 0)));
      const angle = 2 * Math.PI * (uniform[index + 1] ?? 0);
      for (const value of [radius * Math.cos(angle), radius * Math.sin(angle)])
        if (Math.abs(value) <= limit && filled < size) values[filled++] = value;
    }
  }
  return values;
}
