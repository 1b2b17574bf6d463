import type {ModelType, TensorType} from '../core/ports.js';
import {type Architecture, layoutOf} from '../networks/architecture.js';

/** The network of a type; `undefined` when its layers are not known. */
export const architectureOf = ({inputs, layers}: ModelType): Architecture | undefined =>
  layers && {input: (inputs['input']?.shape.slice(1) ?? []).map(Number), layers};

/** The type of a network as an output port, `range` that of what it is given. Throws when its shapes do not fit: report that first. */
export function modelType(architecture: Architecture, range?: TensorType['range']): ModelType {
  const {output, parameters, range: given} = layoutOf(architecture);
  return {
    kind: 'model',
    inputs: {input: {dtype: 'float32', shape: ['batch', ...architecture.input], ...(range && {range})}},
    output: {dtype: 'float32', shape: ['batch', ...output], ...(given && {range: given})},
    parameters,
    layers: architecture.layers,
  };
}
