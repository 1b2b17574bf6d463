import {Type} from '@sinclair/typebox';

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
