import {type TUnsafe, Type} from '@sinclair/typebox';
import type {OptimizerConfig} from '../optimizers/optimizers.js';

const rate = Type.Number({exclusiveMinimum: 0, maximum: 100, default: 1e-3, description: 'Learning rate.'});
const decay = (fallback: number, description: string) =>
  Type.Number({minimum: 0, exclusiveMaximum: 1, default: fallback, description});
const epsilon = Type.Number({exclusiveMinimum: 0, default: 1e-7, description: 'Keeps the division finite.'});
const closed = {additionalProperties: false} as const;

const moments = {rate, beta1: decay(0.9, 'Decay of the mean.'), beta2: decay(0.999, 'Decay of the mean square.'), epsilon};
const optimizers = {
  adam: Type.Object(moments, {...closed, description: 'Kingma and Ba 2014.'}),
  adamw: Type.Object(
    {...moments, weightDecay: decay(0.004, 'Share of each weight taken away a step, times the rate.')},
    {...closed, description: 'Loshchilov and Hutter 2017.'},
  ),
  sgd: Type.Object(
    {
      rate,
      momentum: decay(0, 'Share of the last step kept.'),
      nesterov: Type.Boolean({default: false, description: 'Look ahead (Nesterov 1983).'}),
    },
    {...closed, description: 'Gradient descent.'},
  ),
  rmsprop: Type.Object({rate, rho: decay(0.9, 'Decay of the mean square.'), epsilon}, {...closed, description: 'Hinton 2012.'}),
};

export const adam = (learningRate: number): OptimizerConfig => ({adam: {rate: learningRate}});

/** An optimiser by its name: `{adam: {rate: 1e-3}}`. */
export function optimizerSchema(description: string, fallback: OptimizerConfig): TUnsafe<OptimizerConfig> {
  const named = Type.Partial(Type.Object(optimizers));
  return Type.Unsafe<OptimizerConfig>({
    ...named,
    title: 'optimizer',
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    default: fallback,
    description,
  });
}

export const precisionParam = Type.Union([Type.Literal('float32'), Type.Literal('bfloat16')], {
  default: 'float32',
  description: 'bfloat16 rounds the inputs of matrix products and convolutions to 8 bits of precision and adds up in float32.',
});

/** Passes over the training split; a finished run can be gone on from with more. */
export const epochsParam = (fallback: number) =>
  Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: fallback,
    description: 'Passes over the training split.',
    'x-extends': true,
  });

export const validateEveryParam = (fallback: number) =>
  Type.Integer({minimum: 1, default: fallback, description: 'Epochs between two looks at the validation split.'});

/** Examples a step; `description` says which. */
export const batchSizeParam = (fallback: number, description: string) =>
  Type.Integer({minimum: 1, maximum: 1_000_000, default: fallback, description, 'x-smoke': 16});

export const compileParam = Type.Boolean({
  default: true,
  description: 'Run a training step as one compiled graph; false runs op by op.',
});

/** bfloat16 is a matter of compiled steps; what is wrong otherwise, on any backend. */
export function checkPrecision({precision, compile}: {readonly precision: string; readonly compile: boolean}) {
  if (precision !== 'bfloat16' || compile) return [];
  const related = [{path: ['with', 'compile'], message: 'steps are not compiled'}];
  const message = 'Expected `precision: float32` where steps are not compiled, got `bfloat16`';
  return [{path: ['with', 'precision'], message, related}];
}

/** What a training of these networks needs that a backend other than TensorFlow lacks: path under `with`, and one sentence. */
export function lacksForTraining(
  given: Readonly<Record<string, unknown>>,
  networks: readonly string[],
  backend: 'wasm' | 'cpu',
): {readonly path: readonly (string | number)[]; readonly message: string; readonly hint: string} | undefined {
  if (given['precision'] === 'bfloat16')
    return {
      path: ['with', 'precision'],
      message: `Expected \`precision: float32\` on the ${backend} backend, which compiles no steps, got \`bfloat16\``,
      hint: "Compiled steps are the tensorflow backend's.",
    };
  if (backend !== 'wasm') return undefined;
  for (const network of networks) {
    const layers = ((given[network] ?? []) as readonly unknown[]).map((layer) => JSON.stringify(layer));
    for (const [kind, kernel] of Object.entries(withoutGradient)) {
      const index = layers.findIndex((layer) => layer.includes(`{"${kind}":`));
      if (index !== -1)
        return {
          path: ['with', network, index],
          message: `Expected layers that the wasm backend can train, got \`${kind}\`: it lacks the kernel of its gradient, ${kernel}`,
          hint: 'Train on the tensorflow or cpu backend.',
        };
    }
  }
  return undefined;
}

/** Layers that the wasm backend computes but cannot train, and the kernel that it lacks. */
const withoutGradient = {conv2d: 'Conv2DBackpropFilter', depthwiseConv2d: 'DepthwiseConv2dNativeBackpropFilter'};
