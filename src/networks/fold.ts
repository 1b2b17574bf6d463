import {type HostTensor, hostTensor} from '../core/host-tensor.js';
import type {LayerSpec} from '../core/ports.js';
import {type Architecture, layoutOf} from './architecture.js';
import {layerKinds} from './layers/index.js';
import {fitted, follow, type LaidLayer} from './layout.js';
import type {Trained} from './trained.js';

/** A layer in the making, with its own weights by name (`kernel`). */
interface Part {
  readonly name: string;
  readonly params: unknown;
  readonly weights: Readonly<Record<string, HostTensor>>;
}

/**
 * A network that computes in evaluation what the given one does, up to rounding, with less work: normalisations become part of the
 * convolution before them, and a convolution of equal channels one of a single channel.
 */
export function foldForInference({architecture, weights}: Trained): Trained {
  const folded = foldLayers(layoutOf(architecture).layers, weights);
  return {architecture: {input: architecture.input, layers: folded.layers}, weights: folded.weights};
}

function foldLayers(
  laid: readonly LaidLayer[],
  weights: Trained['weights'],
): {readonly layers: readonly LayerSpec[]; readonly weights: Trained['weights']} {
  const given = laid.map((layer, index) => partOf(layer, ownWeights(weights, index)));
  const greyIs = laid.findIndex(({kind, input}) => kind.name === 'repeatChannels' && input[2] === 1);
  const parts = foldNormalisations(greyIs === -1 ? given : foldGrey(given, greyIs));
  return {
    layers: parts.map(({name, params}) => (params === undefined ? name : {[name]: params})),
    weights: Object.fromEntries(
      parts.flatMap((part, index) => Object.entries(part.weights).map(([name, tensor]) => [`${index}.${name}`, tensor])),
    ),
  };
}

const ownWeights = (weights: Trained['weights'], index: number): Trained['weights'] =>
  Object.fromEntries(
    Object.entries(weights).flatMap(([name, tensor]) =>
      name.startsWith(`${index}.`) ? [[name.slice(name.indexOf('.') + 1), tensor]] : [],
    ),
  );

function partOf({kind, params, input}: LaidLayer, weights: Trained['weights']): Part {
  if (kind.name !== 'residual') return {name: kind.name, params, weights};
  const inner = fitted(follow(layerKinds, input, params as Architecture['layers']));
  const folded = foldLayers(inner.layers, weights);
  return {name: 'residual', params: folded.layers, weights: folded.weights};
}

/** Convolution, then (x − mean) · factor + beta: factor goes into the kernel, the rest into the bias. */
function foldNormalisations(parts: readonly Part[]): readonly Part[] {
  const folded: Part[] = [];
  for (const part of parts) {
    const before = folded.at(-1);
    if (part.name === 'batchNorm' && (before?.name === 'conv2d' || before?.name === 'depthwiseConv2d'))
      folded[folded.length - 1] = normalisedConvolution(before, part);
    else folded.push(part);
  }
  return folded;
}

function normalisedConvolution({name, params, weights: {kernel, bias}}: Part, norm: Part): Part {
  const {epsilon} = norm.params as {epsilon: number};
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'movingMean', 'movingVariance'].map(
    (each) => norm.weights[each]?.data as Float32Array,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const factors = Float64Array.from(gamma, (value, at) => value / Math.sqrt((variance[at] as number) + epsilon));
  const {shape, data} = kernel as HostTensor;
  // both kernels end in the output's channels: [k, k, in, out] and [k, k, channels, 1]
  const scaled = Float32Array.from(data, (value, at) => value * (factors[at % factors.length] as number));
  const shifts = Float32Array.from(
    beta,
    (value, at) => value + (((bias?.data[at] as number) ?? 0) - (mean[at] as number)) * (factors[at] as number),
  );
  return {
    name,
    params: {...(params as object), bias: true},
    weights: {kernel: hostTensor('float32', shape, scaled), bias: hostTensor('float32', [shifts.length], shifts)},
  };
}

/** Grey repeated, perhaps rescaled alike, and convolved: the kernel's channels add up. */
function foldGrey(parts: readonly Part[], index: number): readonly Part[] {
  const rescaled = parts[index + 1]?.name === 'rescale' ? parts[index + 1] : undefined;
  const {scale, offset} = (rescaled?.params ?? {scale: 1, offset: 0}) as {scale: unknown; offset: unknown};
  const convolution = parts[index + (rescaled ? 2 : 1)];
  if (convolution?.name !== 'conv2d' || typeof scale !== 'number' || typeof offset !== 'number') return parts;
  const {shape, data} = convolution.weights['kernel'] as HostTensor;
  const [height = 0, width = 0, channels = 0, filters = 0] = shape;
  const summed = new Float32Array(height * width * filters);
  for (let tap = 0; tap < height * width; tap++)
    for (let filter = 0; filter < filters; filter++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += data[(tap * channels + channel) * filters + filter] as number;
      summed[tap * filters + filter] = sum;
    }
  const kernel = hostTensor('float32', [height, width, 1, filters], summed);
  const grey = {...convolution, weights: {...convolution.weights, kernel}};
  return [...parts.slice(0, index), ...(rescaled ? [rescaled] : []), grey, ...parts.slice(index + (rescaled ? 3 : 2))];
}
