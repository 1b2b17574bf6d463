import type * as tfjs from '@tensorflow/tfjs';
import {type HostTensor, hostTensor, type PackedTensor} from '../core/host-tensor.js';
import type {RandomStream} from '../tensor/random.js';
import {tf} from '../tensor/tensorflow.js';
import {uploadRows} from '../tensor/upload.js';
import {type Architecture, type Layout, layoutOf, valuesOf} from './architecture.js';
import type {ApplyContext, WeightSpec} from './layer.js';
import type {LaidLayer} from './layout.js';
import {type Part, rewrite} from './rewrites.js';

/** A layer list with weights. Weights are float32 tf.Variables named `<network>/<layer index>.<weight>`. */
export class Network {
  readonly architecture: Architecture;
  readonly layout: Layout;
  /** Weights that an optimiser changes. */
  readonly variables: readonly tfjs.Variable[];
  /** Moving averages, which training assigns. A phase that applies the network in training mode names them in `assigns`. */
  readonly averages: readonly tfjs.Variable[];
  readonly #parts: readonly Part[];
  /** The same without the last layer. */
  readonly #logitParts: readonly Part[];
  readonly #byName: ReadonlyMap<string, tfjs.Variable>;

  private constructor(name: string, architecture: Architecture, initial: (weight: WeightSpec) => tfjs.Tensor, frozen = 0) {
    this.architecture = architecture;
    this.layout = layoutOf(architecture);
    const {layers} = this.layout;
    this.#byName = new Map(
      layers
        .flatMap((layer) => layer.weights)
        .map((weight) => [
          weight.name,
          tf.tidy(() => tf.variable(initial(weight), weight.learns !== false, `${name}/${weight.name}`)),
        ]),
    );
    const changing = layers
      .slice(frozen)
      .flatMap(({weights}) => weights.map((weight) => this.#byName.get(weight.name) as tfjs.Variable));
    this.variables = changing.filter((variable) => variable.trainable);
    this.averages = changing.filter((variable) => !variable.trainable);
    const parts = (kept: readonly LaidLayer[]): readonly Part[] => [
      ...rewrite(kept.slice(0, frozen)).map(inEvaluation),
      ...rewrite(kept.slice(frozen)),
    ];
    this.#parts = parts(layers);
    this.#logitParts = parts(layers.slice(0, -1));
  }

  /** Fresh weights, drawn in layer order from `random`. */
  static initialise(name: string, architecture: Architecture, random: RandomStream): Network {
    return new Network(name, architecture, ({shape, initial}) => {
      if (initial.kind !== 'glorot') return tf.fill([...shape], initial.kind === 'ones' ? 1 : 0);
      const limit = Math.sqrt(6 / (initial.fanIn + initial.fanOut));
      return random.uniform([...shape], -limit, limit);
    });
  }

  /**
   * The weights of an earlier network with the same architecture; throws when one is missing. The first `frozen` layers compute in
   * evaluation mode always, and nothing changes them.
   */
  static restore(name: string, architecture: Architecture, weights: Readonly<Record<string, HostTensor>>, frozen = 0): Network {
    const stored = ({name: weight, shape}: WeightSpec): tfjs.Tensor => {
      const found = weights[weight];
      if (!found) throw new Error(`Expected weights to hold \`${weight}\`, got ${Object.keys(weights).join(', ')}`);
      return tf.tensor(found.data, [...shape], 'float32');
    };
    return new Network(name, architecture, stored, frozen);
  }

  /** Output of the whole network for a batch, float32 [batch, …input] → [batch, …output]. */
  apply(input: tfjs.Tensor, context: ApplyContext): tfjs.Tensor {
    return this.#through(this.#parts, input, context);
  }

  /** Input of the last layer, which makes probabilities: losses on logits are stable where losses on probabilities are not. */
  logits(input: tfjs.Tensor, context: ApplyContext): tfjs.Tensor {
    const last = this.layout.layers.at(-1);
    if (last?.kind.name !== 'sigmoid' && last?.kind.name !== 'softmaxLast')
      throw new Error('only a network that ends in `sigmoid` or `softmaxLast` has logits');
    return this.#through(this.#logitParts, input, context);
  }

  /** A copy of the weights by name, without the network's name. */
  weights(): Record<string, HostTensor> {
    return Object.fromEntries(
      [...this.#byName].map(([name, variable]) => [
        name,
        hostTensor('float32', variable.shape, new Float32Array(variable.dataSync() as Float32Array)),
      ]),
    );
  }

  dispose(): void {
    for (const variable of this.#byName.values()) variable.dispose();
  }

  #through(parts: readonly Part[], input: tfjs.Tensor, context: ApplyContext): tfjs.Tensor {
    return parts.reduce((value, part) => part.apply(value, part.layers.map(this.#weightsOf, this), context), input);
  }

  #weightsOf({weights}: LaidLayer): Record<string, tfjs.Variable> {
    return Object.fromEntries(
      weights.map(({name}) => [name.slice(name.indexOf('.') + 1), this.#byName.get(name) as tfjs.Variable]),
    );
  }
}

/** A part that computes as in evaluation, dropping nothing and normalising by its moving averages. */
const inEvaluation = (part: Part): Part => ({
  layers: part.layers,
  apply: (input, weights, context) => part.apply(input, weights, {...context, mode: 'evaluation'}),
});

/** Examples to evaluate at a time: a thousand, or so many that what all layers make of them takes no more than 1.5 GB. */
export const evaluationBatch = ({layout}: Network): number =>
  Math.max(1, Math.min(1000, Math.floor(1.5e9 / (4 * valuesOf(layout.layers)))));

/** Applies `network` to `images` in batches in evaluation mode; returns float32 [examples, …output] on the host. */
export function applyInBatches(
  network: (batch: tfjs.Tensor, start: number, end: number) => tfjs.Tensor,
  examples: PackedTensor,
  batchSize: number,
): HostTensor<'float32'> {
  const count = examples.shape[0] ?? 0;
  let output: Float32Array | undefined;
  let outputShape: number[] = [];
  for (let start = 0; start < count; start += batchSize) {
    const end = Math.min(start + batchSize, count);
    const result = tf.tidy(() => network(uploadRows(examples, start, end), start, end));
    const values = result.dataSync() as Float32Array;
    outputShape = result.shape.slice(1);
    output ??= new Float32Array(count * (values.length / (end - start)));
    output.set(values, start * (values.length / (end - start)));
    result.dispose();
  }
  return hostTensor('float32', [count, ...outputShape], output ?? new Float32Array(0));
}
