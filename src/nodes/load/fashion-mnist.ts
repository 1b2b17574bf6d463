import {join} from 'node:path';
import {defineNode} from '../../core/node.js';
import type {DataSource} from '../../sources/data-files.js';
import {idxParams, idxType, readIdxDataset} from '../../sources/idx-dataset.js';

/** Those of Zalando's repository, which Debian's package dataset-fashion-mnist holds too. */
const digests = {
  'train-images': 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
  'train-labels': 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
  'test-images': '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
  'test-labels': '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
};

const classes = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

/** Where Fashion-MNIST is looked for: a folder of the user's (the files are named as MNIST's), Debian's package, Zalando's mirror. */
function source(): DataSource {
  const own = process.env['TFPIPE_DATA'];
  return {
    title: 'Fashion-MNIST',
    folders: [...(own ? [join(own, 'fashion-mnist')] : []), '/usr/share/datasets/fashion-mnist'],
    mirrors: ['http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/'],
    advice:
      'On Debian and Ubuntu run `apt install dataset-fashion-mnist`; or set TFPIPE_DATA to a folder whose `fashion-mnist` has the four idx files.',
  };
}

export const node = defineNode({
  type: 'load/fashion-mnist',
  summary: 'Fashion-MNIST: 70,000 pictures of clothes of 28×28 grey pixels, in train, validation and test.',
  source:
    'Xiao, Rasul, Vollgraf: Fashion-MNIST, a Novel Image Dataset for Benchmarking Machine Learning Algorithms, 2017, arXiv:1708.07747',
  example: 'clothes: {use: load/fashion-mnist, with: {validation: 5000}}',
  params: idxParams,
  inputs: {},
  usesTensors: false,
  prepare: (params) => params,
  outputs: (params) => ({data: idxType(params, classes)}),
  run: async ({prepared, context: {report}}) => ({data: await readIdxDataset(digests, source(), prepared, report)}),
});
