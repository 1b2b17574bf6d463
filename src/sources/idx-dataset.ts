import {Type} from '@sinclair/typebox';
import type {Digest} from '../core/digest.js';
import {type HostTensor, rows} from '../core/host-tensor.js';
import type {DatasetType, DatasetValue, SplitType} from '../core/ports.js';
import type {StageReporter} from '../core/stage-context.js';
import {type DataFile, type DataSource, readDataFile} from './data-files.js';
import {parseIdx} from './idx.js';

/** MNIST's four files, or those of a data set made to take its place, by SHA-256 of their uncompressed bytes. */
type IdxDigests = Readonly<Record<'train-images' | 'train-labels' | 'test-images' | 'test-labels', string>>;

const fileNames = {
  'train-images': 'train-images-idx3-ubyte',
  'train-labels': 'train-labels-idx1-ubyte',
  'test-images': 't10k-images-idx3-ubyte',
  'test-labels': 't10k-labels-idx1-ubyte',
} as const;

const trainExamples = 60_000;
const testExamples = 10_000;

export const idxParams = Type.Object(
  {
    validation: Type.Integer({
      minimum: 0,
      maximum: trainExamples - 1,
      default: 5000,
      description: 'Number of training images, the last ones, that become the split `validation`; they are shuffled already.',
    }),
    limit: Type.Optional(
      Type.Integer({minimum: 1, description: 'Number of examples that are kept of each split, the first ones, for quick tries.'}),
    ),
  },
  {additionalProperties: false},
);

interface Given {
  readonly validation: number;
  readonly limit?: number;
}

/** 70,000 grey pictures of ten classes; `classes` are their names, when they are more than numbers. */
export function idxType({validation, limit = Number.POSITIVE_INFINITY}: Given, classes?: readonly string[]): DatasetType {
  const split = (examples: number): SplitType => {
    const count = Math.min(examples, limit);
    return {
      images: {dtype: 'uint8', shape: [count, 28, 28, 1], range: [0, 255]},
      labels: {dtype: 'uint8', shape: [count], range: [0, 9], ...(classes && {classes})},
    };
  };
  return {
    kind: 'dataset',
    splits: {
      train: split(trainExamples - validation),
      ...(validation > 0 && {validation: split(validation)}),
      test: split(testExamples),
    },
  };
}

/** Reads and checks the four files; throws when one is nowhere, or another. */
export async function readIdxDataset(
  digests: IdxDigests,
  source: DataSource,
  {validation, limit = Number.POSITIVE_INFINITY}: Given,
  report: StageReporter,
): Promise<DatasetValue> {
  const tensors = new Map<string, HostTensor<'uint8'>>();
  const names = Object.keys(fileNames) as (keyof IdxDigests)[];
  for (const [index, name] of names.entries()) {
    const file: DataFile = {name: fileNames[name], digest: digests[name] as Digest};
    tensors.set(name, parseIdx(await readDataFile(file, source)));
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
  return {kind: 'dataset', splitNames: Object.keys(splits), split: async (name) => splits[name as keyof typeof splits] ?? {}};
}
