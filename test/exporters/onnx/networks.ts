import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {type HostTensor, hostTensor, sizeOf} from '#tfpipe/core/host-tensor.js';
import {networkToOnnx} from '#tfpipe/exporters/onnx/network.js';
import {type Architecture, layoutOf} from '#tfpipe/networks/architecture.js';
import {uniform} from '../../numerics/metrics/reference.js';

const picture = [6, 5, 2];
/** Networks that have every kind of layer between them. */
export const architectures: Readonly<Record<string, Architecture>> = {
  dense: {input: [7], layers: [{dense: 6}, 'tanh', {dropout: 0.5}, {dense: 8}, 'softplus', {dense: 4}, 'softmax']},
  code: {input: [5], layers: [{gaussianNoise: 0.3}, {dense: 7}, {softmaxLast: 4}]},
  convolutions: {
    input: picture,
    layers: [
      {conv2d: {filters: 3, kernel: 3, padding: 'same'}},
      'relu',
      {conv2d: {filters: 4, kernel: 2, stride: 2, padding: 'same', bias: false}},
      'batchNorm',
      {leakyRelu: 0.3},
      {upSample2d: 2},
      {maxPool2d: 3},
      'flatten',
      {dense: 6},
      {reshape: [3, 2]},
      'sigmoid',
    ],
  },
  mobile: {
    input: [6, 5, 1],
    layers: [
      {resize2d: [9, 8]},
      {repeatChannels: 3},
      {rescale: {scale: [0.5, 1.5, 2], offset: -0.25}},
      'standardise',
      {conv2d: {filters: 4, kernel: 3, stride: 2, padding: 'same', bias: false}},
      'swish',
      {
        residual: [
          {depthwiseConv2d: {kernel: 3, padding: 'same'}},
          'relu6',
          {squeezeExcite: 2},
          {conv2d: {filters: 4, kernel: 1}},
          {dropPath: 0.2},
        ],
      },
      {depthwiseConv2d: {kernel: 3, stride: 2, padding: 'same', bias: false}},
      'flatten',
      {dense: 3},
    ],
  },
  residual: {
    input: picture,
    layers: [
      {conv2d: {filters: 3, kernel: 3}},
      {residual: [{conv2d: {filters: 3, kernel: 3, padding: 'same', bias: false}}, 'batchNorm', 'relu']},
      'globalAveragePool',
      {dense: 3},
    ],
  },
};

/** Weights between −0.5 and 0.5, variances between 0.5 and 1.5: the same on every machine. */
export function weightsOf(architecture: Architecture): Record<string, HostTensor> {
  const weights = layoutOf(architecture).layers.flatMap((layer) => layer.weights);
  return Object.fromEntries(
    weights.map(({name, shape}, index) => {
      const offset = /ariance$/.test(name) ? 0.5 : -0.5;
      return [
        name,
        hostTensor(
          'float32',
          shape,
          Float32Array.from(uniform(sizeOf(shape), index + 1), (value) => value + offset),
        ),
      ];
    }),
  );
}

/** Three examples, −1..1. */
export const examplesOf = ({input}: Architecture): HostTensor<'float32'> =>
  hostTensor(
    'float32',
    [3, ...input],
    Float32Array.from(uniform(3 * sizeOf(input), 99), (value) => 2 * value - 1),
  );

// node dist-test/exporters/onnx/networks.js FOLDER writes what test/reference/onnx_layers.py reads
const [, script, folder] = process.argv;
if (folder !== undefined && script !== undefined && import.meta.url === pathToFileURL(script).href)
  for (const [name, architecture] of Object.entries(architectures)) {
    writeFileSync(join(folder, `${name}.onnx`), networkToOnnx(architecture, weightsOf(architecture)));
    const {shape, data} = examplesOf(architecture);
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({shape, data: [...data]}));
  }
