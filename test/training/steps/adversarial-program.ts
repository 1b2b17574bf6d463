import type {Scalar, Tensor, Variable} from '@tensorflow/tfjs';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {dropout, relu} from '#tfpipe/tensor/kernels.js';
import {sigmoidCrossEntropy} from '#tfpipe/tensor/losses.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {tf} from '#tfpipe/tensor/tensorflow.js';
import type {Phase, TrainingProgram} from '#tfpipe/training/steps/training-program.js';

export const examples = 64;
export const batchSize = 16;

interface Stack {
  readonly variables: readonly Variable[];
  apply(input: Tensor, random?: RandomStream): Tensor;
}

const variable = (name: string, initial: () => Tensor): Variable => tf.tidy(() => tf.variable(initial(), true, name));

/** Dense layers with dropout and relu between them; dropout only where `random` is given. */
function stack(name: string, sizes: readonly number[], random: RandomStream): Stack {
  const layers = sizes.slice(1).map((outputs, index) => ({
    kernel: variable(`${name}/${index}.kernel`, () => random.normal([sizes[index] ?? 0, outputs], 0, 0.4)),
    bias: variable(`${name}/${index}.bias`, () => tf.zeros([outputs])),
  }));
  return {
    variables: layers.flatMap(({kernel, bias}) => [kernel, bias]),
    apply: (input, dropping) =>
      layers.reduce<Tensor>((value, {kernel, bias}, index) => {
        const sum = tf.add(tf.matMul(value as never, kernel as never), bias);
        if (index === layers.length - 1) return sum;
        return relu(dropping ? dropout(sum, 0.2, dropping) : sum);
      }, input),
  };
}

/** The three phases of an adversarial autoencoder, small: two optimisers in the first, one network trained by two phases. */
export function adversarialProgram(options: Partial<TrainingProgram> = {}): {program: TrainingProgram; dispose(): void} {
  const start = tf.scalar(-1, 'int32');
  const random = new RandomStream(11, start);
  const networks = {
    encoder: stack('encoder', [12, 9, 3], random),
    decoder: stack('decoder', [3, 9, 12], random),
    critic: stack('critic', [3, 10, 1], random),
  };
  start.dispose();
  const {encoder, decoder, critic} = networks;
  const images = hostTensor(
    'uint8',
    [examples, 12],
    Uint8Array.from({length: examples * 12}, (_, index) => (index % 12) * 20 + ((index * 37) % 32)),
  );
  const mean = (values: Tensor): Scalar => tf.mean(values);
  const verdict = (codes: Tensor, wanted: number, random: RandomStream): Scalar => {
    const logits = critic.apply(codes, random);
    return mean(sigmoidCrossEntropy(tf.fill(logits.shape, wanted), logits));
  };
  const phases = (batch: Readonly<Record<string, Tensor>>, random: RandomStream): Phase[] => {
    const pixels = tf.div(batch['images'] as Tensor, 255);
    return [
      {
        name: 'reconstruction',
        updates: [
          {variables: encoder.variables, optimizer: {adam: {rate: 1e-2}}},
          {variables: decoder.variables, optimizer: {sgd: {rate: 5e-2, momentum: 0.9, nesterov: true}}},
        ],
        loss: () => mean(sigmoidCrossEntropy(pixels, decoder.apply(encoder.apply(pixels, random), random))),
      },
      {
        name: 'discriminator',
        updates: [{variables: critic.variables, optimizer: {adam: {rate: 1e-2}}}],
        loss: () =>
          tf.add(verdict(random.normal([batchSize, 3], 0, 5), 1, random), verdict(encoder.apply(pixels), 0, random)) as Scalar,
      },
      {
        name: 'generator',
        updates: [{variables: encoder.variables, optimizer: {rmsprop: {rate: 1e-3}}}],
        loss: () => verdict(encoder.apply(pixels, random), 1, random),
      },
    ];
  };
  return {
    program: {data: {images}, batchSize, seed: 3, precision: 'float32', compile: true, phases, ...options},
    dispose: () => {
      for (const {variables} of Object.values(networks)) for (const variable of variables) variable.dispose();
    },
  };
}
