import type {HostTensor} from '../../core/host-tensor.js';
import {type Architecture, layoutOf} from '../../networks/architecture.js';
import {layerKinds} from '../../networks/layers/index.js';
import {smallestDeviation} from '../../networks/layers/standardise.js';
import {fitted, follow, type LaidLayer} from '../../networks/layout.js';
import {OnnxGraph} from './graph.js';

type Weights = Readonly<Record<string, HostTensor>>;

/** Writes one layer: its input's name, its own weights by name (`0.` left out), where they came from in the network. */
type Write = (graph: OnnxGraph, input: string, layer: LaidLayer, weights: Weights, path: string) => string;

/**
 * A network as an ONNX model, in evaluation mode: float32 `input` [batch, …] → `output`. Pictures stay [batch, height, width, channels];
 * around convolutions and pooling, which ONNX defines on [batch, channels, height, width], axes are exchanged, and runtimes cancel what
 * stands between two of them.
 */
export function networkToOnnx(architecture: Architecture, weights: Weights): Uint8Array {
  const {layers, output} = layoutOf(architecture);
  const graph = new OnnxGraph();
  const node = writeLayers(graph, 'input', layers, weights, '');
  return graph.encode(architecture.input, {node, shape: output});
}

function writeLayers(graph: OnnxGraph, input: string, layers: readonly LaidLayer[], weights: Weights, path: string): string {
  return layers.reduce((value, layer, index) => {
    const write = writers[layer.kind.name];
    if (!write) throw new Error(`Expected a layer that ONNX is written for, got \`${layer.kind.name}\``);
    const prefix = `${index}.`;
    const own = Object.entries(weights).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
    );
    return write(graph, value, layer, Object.fromEntries(own), `${path}${prefix}`);
  }, input);
}

const plain =
  (operation: string): Write =>
  (graph, input) =>
    graph.add(operation, [input]);

/** Runs `compute` on [batch, channels, height, width]. */
function channelsFirst(graph: OnnxGraph, input: string, compute: (input: string) => string): string {
  const turned = graph.add('Transpose', [input], {perm: [0, 3, 1, 2]});
  return graph.add('Transpose', [compute(turned)], {perm: [0, 2, 3, 1]});
}

/** A convolution of [batch, height, width, channels]; `filters` [outputs, channels of a group, height, width]. */
function convolve(
  graph: OnnxGraph,
  input: string,
  {params}: LaidLayer,
  filters: {readonly shape: readonly number[]; readonly data: Float32Array},
  group: number,
  weights: Weights,
  path: string,
): string {
  const {kernel, stride, padding} = params as {kernel: number; stride: number; padding: 'valid' | 'same'};
  return channelsFirst(graph, input, (turned) => {
    const inputs = [turned, graph.constant(`${path}kernel`, filters.shape, filters.data)];
    return graph.add('Conv', weights['bias'] ? [...inputs, keep(graph, weights, path, 'bias')] : inputs, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      auto_pad: padding === 'same' ? 'SAME_UPPER' : 'VALID',
      ...(group > 1 && {group}),
    });
  });
}

/** `input` with a constant, one number or one a channel, at its right. */
function withNumbers(graph: OnnxGraph, operation: string, input: string, name: string, numbers: ArrayLike<number>): string {
  return graph.add(operation, [input, graph.constant(name, [numbers.length], Float32Array.from(numbers))]);
}

const swish: Write = (graph, input) => graph.add('Mul', [input, graph.add('Sigmoid', [input])]);

const reshape: Write = (graph, input, {output}) => graph.add('Reshape', [input, graph.integers([-1, ...output])]);

const writers: Readonly<Record<string, Write>> = {
  relu: plain('Relu'),
  relu6: (graph, input, _layer, _weights, path) =>
    graph.add('Clip', [input, ...[0, 6].map((bound) => graph.constant(`${path}${bound}`, [], Float32Array.of(bound)))]),
  swish,
  tanh: plain('Tanh'),
  sigmoid: plain('Sigmoid'),
  softplus: plain('Softplus'),
  softmax: (graph, input) => graph.add('Softmax', [input], {axis: -1}),
  leakyRelu: (graph, input, {params}) => graph.add('LeakyRelu', [input], {alpha: {float: (params as {slope: number}).slope}}),
  softmaxLast: (graph, input, {params, output: [size = 0]}) => {
    const {count} = params as {count: number};
    const part = (start: number, end: number): string =>
      graph.add('Slice', [input, graph.integers([start]), graph.integers([end]), graph.integers([1])]);
    const probabilities = graph.add('Softmax', [part(size - count, size)], {axis: -1});
    return graph.add('Concat', [part(0, size - count), probabilities], {axis: 1});
  },
  dropout: (_graph, input) => input,
  gaussianNoise: (_graph, input) => input,
  dropPath: (_graph, input) => input,
  flatten: reshape,
  reshape,
  dense: (graph, input, _layer, weights, path) =>
    graph.add('Gemm', [input, ...['kernel', 'bias'].map((name) => keep(graph, weights, path, name))]),
  conv2d: (graph, input, layer, weights, path) =>
    convolve(graph, input, layer, outputsFirst(weights['kernel'] as HostTensor), 1, weights, path),
  depthwiseConv2d: (graph, input, layer, weights, path) => {
    const {shape, data} = weights['kernel'] as HostTensor;
    const [height = 0, width = 0, channels = 0] = shape;
    const filters = outputsFirst({dtype: 'float32', shape: [height, width, 1, channels], data});
    return convolve(graph, input, layer, filters, channels, weights, path);
  },
  maxPool2d: (graph, input, {params}) => {
    const {size} = params as {size: number};
    return channelsFirst(graph, input, (turned) =>
      graph.add('MaxPool', [turned], {kernel_shape: [size, size], strides: [size, size]}),
    );
  },
  globalAveragePool: (graph, input) => graph.add('ReduceMean', [input], {axes: [1, 2], keepdims: 0}),
  upSample2d: (graph, input, {params}) => {
    const {size} = params as {size: number};
    return channelsFirst(graph, input, (turned) => {
      const scales = graph.constant(`scales of ${turned}`, [4], Float32Array.of(1, 1, size, size));
      return graph.add('Resize', [turned, '', scales], {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      });
    });
  },
  resize2d: (graph, input, {output}) => {
    const [height = 0, width = 0, channels = 0] = output;
    return channelsFirst(graph, input, (turned) => {
      const batch = graph.add('Shape', [turned], {start: 0, end: 1});
      const sizes = graph.add('Concat', [batch, graph.integers([channels, height, width])], {axis: 0});
      return graph.add('Resize', [turned, '', '', sizes], {mode: 'linear', coordinate_transformation_mode: 'half_pixel'});
    });
  },
  repeatChannels: (graph, input, {params}) => {
    const {count} = params as {count: number};
    return graph.add('Tile', [input, graph.integers([1, 1, 1, count])]);
  },
  rescale: (graph, input, {params}, _weights, path) => {
    const {scale, offset} = params as Record<'scale' | 'offset', number | readonly number[]>;
    const scaled = withNumbers(graph, 'Mul', input, `${path}scale`, [scale].flat());
    return withNumbers(graph, 'Add', scaled, `${path}offset`, [offset].flat());
  },
  standardise: (graph, input, _layer, weights, path) => {
    const [mean, variance] = [weights['mean'], weights['variance']] as [HostTensor, HostTensor];
    const centred = withNumbers(graph, 'Sub', input, `${path}mean`, mean.data);
    const deviation = Array.from(variance.data, (value) => Math.max(Math.sqrt(value), smallestDeviation));
    return withNumbers(graph, 'Div', centred, `${path}deviation`, deviation);
  },
  squeezeExcite: (graph, input, layer, weights, path) => {
    const dense = (given: string, name: string): string =>
      graph.add('Gemm', [given, ...['Kernel', 'Bias'].map((part) => keep(graph, weights, path, `${name}${part}`))]);
    const means = graph.add('ReduceMean', [input], {axes: [1, 2], keepdims: 0});
    const squeezed = swish(graph, dense(means, 'reduce'), layer, weights, path);
    const shares = graph.add('Sigmoid', [dense(squeezed, 'expand')]);
    return graph.add('Mul', [input, graph.add('Reshape', [shares, graph.integers([-1, 1, 1, layer.output[2] ?? 0])])]);
  },
  batchNorm: (graph, input, {params}, weights, path) => {
    const {epsilon} = params as {epsilon: number};
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'movingMean', 'movingVariance'].map(
      (name) => (weights[name] as HostTensor).data,
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const factor = gamma.map((value, index) => value / Math.sqrt((variance[index] as number) + epsilon));
    const shift = beta.map((value, index) => value - (mean[index] as number) * (factor[index] as number));
    const scaled = graph.add('Mul', [input, graph.constant(`${path}factor`, [factor.length], factor)]);
    return graph.add('Add', [scaled, graph.constant(`${path}shift`, [shift.length], shift)]);
  },
  residual: (graph, input, {params, input: shape}, weights, path) => {
    const {layers} = fitted(follow(layerKinds, shape, params as Architecture['layers']));
    return graph.add('Add', [input, writeLayers(graph, input, layers, weights, path)]);
  },
};

/** Names of the layers that ONNX is written for. */
export const onnxLayers: readonly string[] = Object.keys(writers);

function keep(graph: OnnxGraph, weights: Weights, path: string, name: string): string {
  const {shape, data} = weights[name] as HostTensor<'float32'>;
  return graph.constant(`${path}${name}`, shape, data);
}

/** A kernel [height, width, channels, filters] as [filters, channels, height, width]. */
function outputsFirst({shape, data}: HostTensor): {readonly shape: readonly number[]; readonly data: Float32Array} {
  const [height = 0, width = 0, channels = 0, filters = 0] = shape;
  const turned = new Float32Array(data.length);
  let at = 0;
  for (let pixel = 0; pixel < height * width; pixel++)
    for (let channel = 0; channel < channels; channel++)
      for (let filter = 0; filter < filters; filter++)
        turned[(filter * channels + channel) * height * width + pixel] = data[at++] as number;
  return {shape: [filters, channels, height, width], data: turned};
}
