import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {PortKind, PortType, PortValue, Split} from '#tfpipe/core/ports.js';
import {encodeGrey} from '#tfpipe/figures/grey-png.js';
import {dataset} from '../../nodes/run-node.js';

export interface Sample {
  readonly value: PortValue;
  readonly type: PortType;
}

const odd = [0.1, -1e-30, 3.4028234663852886e38, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const features = hostTensor('float32', [3, 2], Float32Array.from(odd));
const codes = hostTensor('float32', [2, 3], Float32Array.of(-1, 0, 1, 0.5, 0.25, -0.5));
export const splits: Readonly<Record<'dataset' | 'embedding', Readonly<Record<string, Split>>>> = {
  dataset: {
    train: {
      features,
      counts: hostTensor('int32', [3], Int32Array.of(-2147483648, 0, 2147483647)),
      labels: hostTensor('uint8', [3], Uint8Array.of(0, 7, 255)),
    },
    test: {features: hostTensor('float32', [0, 2], new Float32Array(0)), labels: hostTensor('uint8', [0], new Uint8Array(0))},
  },
  embedding: {test: {codes}},
};
export const weights: Split = {
  '0.kernel': hostTensor('float32', [2, 3], Float32Array.of(1, 2, 3, -4, 0.1, 1e-20)),
  '0.bias': hostTensor('float32', [3], Float32Array.of(0.5, 0, -0.5)),
};
export const columns = {
  epoch: [1, 2, 3],
  'validation/loss': [0.1 + 0.2, null, 1e-300],
  note: ['plain', 'a "quoted", one', 'größe\nin two lines'],
};

/** A small value of each kind, with what is awkward in it. */
export const samples: Readonly<Record<PortKind, () => Promise<Sample>>> = {
  dataset: async () => ({value: dataset(splits.dataset), type: {kind: 'dataset', splits: {}}}),
  embedding: async () => ({value: dataset(splits.embedding, 'embedding'), type: {kind: 'embedding', splits: {}}}),
  model: async () => ({
    value: {kind: 'model', architecture: {input: [2], layers: [{dense: 3}]}, weights},
    type: {kind: 'model', inputs: {}, output: {dtype: 'float32', shape: [3]}},
  }),
  table: async () => ({value: {kind: 'table', columns}, type: {kind: 'table', columns: Object.keys(columns)}}),
  figure: async () => ({
    value: {
      kind: 'figure',
      title: 'A map',
      alt: 'Six cells',
      png: await encodeGrey(Uint8Array.of(0, 50, 100, 150, 200, 250), 3, 2),
    },
    type: {kind: 'figure'},
  }),
};

/** Tensors whose names no file can have, two of them the same but for that. */
export const oddlyNamed: Split = Object.fromEntries(
  ['../up', 'a/b', 'a_b', 'größe 1', '..', 'nul:'].map((name, index) => [
    name,
    hostTensor('int32', [2], Int32Array.of(index, -index)),
  ]),
);
