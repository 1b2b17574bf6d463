import {Type} from '@sinclair/typebox';
import {defineNode} from '../../core/node.js';
import type {DatasetType, ModelType, Split, SplitType} from '../../core/ports.js';
import {datasetOf, packedSplit} from '../../core/splits.js';
import type {Architecture} from '../../networks/architecture.js';
import {encode} from '../../networks/evaluate.js';
import {showShape} from '../../networks/layer.js';
import {Network} from '../../networks/network.js';
import {agreeOnRange, takenBy, tensorIn, unifyDimensions} from '../agree.js';
import {labelsOf, tensorOf} from '../tensors.js';

const params = Type.Object({}, {additionalProperties: false});

/** Splits of codes: as many examples as the data has, labels kept. */
function codesOf(data: DatasetType, model: ModelType): Record<string, SplitType> {
  const splits = Object.entries(data.splits).map(([name, split]): [string, SplitType] => {
    const examples = split['images']?.shape[0] ?? 'examples';
    const codes = {dtype: 'float32', shape: [examples, ...model.output.shape.slice(1)]} as const;
    return [name, {codes, ...(split['labels'] && {labels: split['labels']})}];
  });
  return Object.fromEntries(splits);
}

export const node = defineNode({
  type: 'featurize/encode',
  summary: 'Codes of all images by a trained encoder, without dropout.',
  example: `codes:
  use: featurize/encode
  in: {data: scaled, model: aae.encoder}`,
  params,
  inputs: {
    data: {kind: 'dataset', description: 'Splits with `images`; `labels` are passed on.'},
    model: {kind: 'model', description: 'The encoder: image → code.'},
  },
  usesTensors: true,
  prepare: (_params, {data, model}, report) => {
    for (const [name, split] of Object.entries(data.splits))
      if (!split['images'])
        report({
          path: ['in', 'data'],
          message: `Expected the split \`${name}\` to have a tensor \`images\`, got ${Object.keys(split).join(', ')}`,
        });
    const encoder = takenBy('model', model, '...shape');
    for (const split of Object.values(data.splits)) {
      const images = tensorIn('data', 'images', split, ['examples', '...shape']);
      unifyDimensions([encoder, images], report);
      agreeOnRange(encoder, images, report);
    }
    if (model.output.shape.length !== 2)
      report({
        path: ['in', 'model'],
        message: `Expected a model that gives a vector, got shape ${showShape(model.output.shape.slice(1))}`,
      });
    return codesOf(data, model);
  },
  outputs: (splits) => ({codes: {kind: 'embedding', splits}}),
  run: async ({inputs: {data, model}, context: {report}}) => {
    const encoder = Network.restore('encoder', model.architecture as Architecture, model.weights);
    const splits: Record<string, Split> = {};
    for (const [index, name] of data.splitNames.entries()) {
      const split = await packedSplit(data, name);
      splits[name] = {codes: encode(encoder, tensorOf(split, 'images')), ...labelsOf(split)};
      report.progress(index + 1, data.splitNames.length, 'split');
    }
    encoder.dispose();
    return {codes: datasetOf(splits, 'embedding')};
  },
});
