import {type Static, Type} from '@sinclair/typebox';
import type {Report} from '../core/node.js';
import {scheduleParam} from './rate-schedule.js';

interface Usual {
  readonly epochs: number;
  readonly batchSize: number;
  /** Describes the examples of a batch. */
  readonly batch?: {readonly description: string};
  readonly validateEvery?: number;
}

/** Params that every training has, with the trainer's own defaults. */
export const trainingParams = ({epochs, batchSize, batch = {description: 'Examples a step.'}, validateEvery = 1}: Usual) => ({
  epochs: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: epochs,
    description: 'Passes over the training split.',
    'x-extends': true,
  }),
  batchSize: Type.Integer({minimum: 1, maximum: 1_000_000, default: batchSize, description: batch.description, 'x-smoke': 16}),
  schedule: Type.Optional(scheduleParam),
  validateEvery: Type.Integer({
    minimum: 1,
    default: validateEvery,
    description: 'Epochs between two looks at the validation split.',
  }),
  precision: Type.Union([Type.Literal('float32'), Type.Literal('bfloat16')], {
    default: 'float32',
    description: 'bfloat16 rounds the inputs of matrix products and convolutions to 8 bits of precision and adds up in float32.',
  }),
  compile: Type.Boolean({default: true, description: 'Run a training step as one compiled graph; false runs op by op.'}),
});

type Params = {[K in keyof ReturnType<typeof trainingParams>]: Static<ReturnType<typeof trainingParams>[K]>};

/** Values of these params; a trainer that validates nothing, or has no schedule, leaves those out. */
export type TrainingParams = Readonly<Omit<Params, 'schedule' | 'validateEvery'>> & {
  readonly schedule?: Params['schedule'] | undefined;
  readonly validateEvery?: Params['validateEvery'];
};

/** Only compiled steps compute in bfloat16, on any backend. */
export function checkPrecision({precision, compile}: Pick<TrainingParams, 'precision' | 'compile'>, report: Report): void {
  if (precision !== 'bfloat16' || compile) return;
  const related = [{path: ['with', 'compile'], message: 'steps are not compiled'}];
  const message = 'Expected `precision: float32` where steps are not compiled, got `bfloat16`';
  report({path: ['with', 'precision'], message, related});
}

/** The first param or layer that a backend other than TensorFlow cannot train: its path under `with`, and one sentence. */
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
