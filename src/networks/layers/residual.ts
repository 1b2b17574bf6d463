import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import type {LayerSpec, Shape} from '../../core/ports.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, fits, type LayerKind, misfit, showShape} from '../layer.js';
import {fitted, follow, type LaidLayer, layerSchema} from '../layout.js';
import {rewrite} from '../rewrites.js';

/** The input plus what the layers, each of one of `kinds`, make of it. Source: He et al. 2015. Weights are named `0.kernel` in turn. */
export function residualOf(kinds: ReadonlyMap<string, LayerKind>): LayerKind {
  const laid = (layers: readonly LayerSpec[], input: Shape): readonly LaidLayer[] => fitted(follow(kinds, input, layers)).layers;
  return defineLayer<readonly LayerSpec[]>({
    name: 'residual',
    description: 'Layers whose result is added to their input.',
    params: Type.Array(layerSchema([...kinds.values()]), {
      minItems: 1,
      maxItems: 100,
      description: 'Layers that give the shape they are given.',
    }),
    complete: (written) => written as readonly LayerSpec[],
    outputShape: (layers, input) => {
      const found = follow(kinds, input, layers);
      if (found.status === 'misfit') return found;
      if (showShape(found.output) === showShape(input)) return fits(input);
      return misfit(
        `Expected the layers of \`residual\` to give the shape of their input, ${showShape(input)}, got ${showShape(found.output)}`,
        'Change the shape before or after it.',
      );
    },
    weights: (layers, input) => laid(layers, input).flatMap((layer) => layer.weights),
    apply: (input, weights, layers, context) => {
      const parts = rewrite(laid(layers, input.shape.slice(1)));
      const result = parts.reduce((value, part) => {
        const own = part.layers.map((layer) =>
          Object.fromEntries(
            layer.weights.map(({name}) => [name.slice(name.indexOf('.') + 1), weights[name] as tfjs.Tensor] as const),
          ),
        );
        return part.apply(value, own, context);
      }, input);
      return tf.add(input, result);
    },
  });
}
