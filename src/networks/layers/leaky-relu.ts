import {Type} from '@sinclair/typebox';
import {leakyRelu as leak} from '../../tensor/kernels.js';
import {defineLayer} from '../layer.js';

interface Params {
  readonly slope: number;
}

const slope = Type.Number({minimum: 0, maximum: 1, description: 'Slope below zero; 0.2 when the bare name is given.'});

/** x where it is positive, slope · x elsewhere (Maas, Hannun, Ng 2013). */
export const leakyRelu = defineLayer<Params>({
  name: 'leakyRelu',
  summary: 'x where it is positive, a small share of it elsewhere.',
  bare: true,
  params: Type.Union([slope, Type.Object({slope}, {additionalProperties: false})]),
  complete: (written) => (typeof written === 'object' ? (written as Params) : {slope: Number(written ?? 0.2)}),
  outputShape: (_params, input) => input,
  weights: () => [],
  apply: (input, _weights, params) => leak(input, params.slope),
});
