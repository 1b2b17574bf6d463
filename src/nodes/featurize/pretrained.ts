import {setImmediate} from 'node:timers/promises';
import {Type} from '@sinclair/typebox';
import {defineNode, type Report} from '../../core/node.js';
import type {DatasetType, LayerSpec, ModelType, Shape, Split, SplitType} from '../../core/ports.js';
import {datasetOf, packedSplit} from '../../core/splits.js';
import {Interrupted} from '../../core/stage-context.js';
import {type Architecture, layOut} from '../../networks/architecture.js';
import {foldForInference} from '../../networks/fold.js';
import {showShape} from '../../networks/layer.js';
import {Network} from '../../networks/network.js';
import {fitPictures, joinNetworks, partOf, type Trained} from '../../networks/trained.js';
import {applyCompiled} from '../../tensor/compiled-function.js';
import {agreeOnRange, takenBy} from '../agree.js';
import {architectureOf} from '../model-type.js';
import {labelsOf, tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    without: Type.Integer({
      minimum: 0,
      maximum: 1000,
      default: 0,
      description: 'Layers left out at the end of the model, such as a classifier of its own.',
    }),
    batchSize: Type.Integer({minimum: 1, maximum: 4096, default: 8, description: 'Pictures computed at a time.'}),
  },
  {additionalProperties: false},
);

interface Extractor {
  /** Shape of a picture of the data. */
  readonly picture: Shape;
  /** Layers that make it what the model takes, and how many of the model's come after them. */
  readonly fitting: readonly LayerSpec[];
  readonly kept: number;
  readonly features: Shape;
}

/** The layers from a picture of the data to its features; reports everything that does not fit. */
function extractorOf(without: number, data: DatasetType, model: ModelType, report: Report): Extractor | undefined {
  const {input, layers = []} = architectureOf(model) ?? {input: []};
  const [first, ...others] = Object.values(data.splits).map((split) => split['images']);
  if (!first || others.includes(undefined))
    report({path: ['in', 'data'], message: 'Expected every split of the data to have `images`, got one without'});
  else if (without >= layers.length)
    report({path: ['with', 'without'], message: `Expected \`without\` to leave some of ${layers.length} layers, got ${without}`});
  else {
    agreeOnRange(takenBy('model', model), {path: ['in', 'data'], what: '`images`', tensor: first, names: []}, report);
    const picture = first.shape.slice(1).map(Number);
    const fitted = fitPictures(picture, input);
    if (fitted.status === 'misfit') {
      report({path: ['in', 'data'], message: fitted.problem});
      return undefined;
    }
    const kept = layers.length - without;
    const laid = layOut({input: picture, layers: [...fitted.layers, ...layers.slice(0, kept)]});
    if (laid.status === 'misfit') {
      report({path: ['in', 'model'], message: laid.problem});
      return undefined;
    }
    const features = laid.layout.output;
    if (features.length !== 1)
      report({path: ['in', 'model'], message: `Expected a model that gives a vector, got shape ${showShape(features)}`});
    return {picture, fitting: fitted.layers, kept, features};
  }
  return undefined;
}

export const node = defineNode({
  type: 'featurize/pretrained',
  summary:
    'Features of pictures by a trained network as it is: made larger or smaller, and grey to colour, where it wants them so.',
  example: `features:
  use: featurize/pretrained
  in: {data: clothes, model: imagenet}`,
  params,
  inputs: {
    data: {kind: 'dataset', description: 'Splits with `images`; `labels` are passed on.'},
    model: {kind: 'model', description: 'Picture → features.'},
  },
  usesTensors: true,
  prepare: ({without, batchSize}, {data, model}, report) => {
    const extractor = extractorOf(without, data, model, report);
    const total = Object.values(data.splits).reduce((sum, {images}) => sum + Number(images?.shape[0]), 0);
    return extractor && {...extractor, batchSize, data, total};
  },
  outputs: ({data, features}) => {
    const splits = Object.entries(data.splits).map(([name, {images, labels}]): [string, SplitType] => [
      name,
      {
        features: {dtype: 'float32', shape: [images?.shape[0] ?? 'examples', ...features]},
        ...(labels && {labels}),
      },
    ]);
    return {features: {kind: 'dataset', splits: Object.fromEntries(splits)}};
  },
  run: async ({prepared: {picture, fitting, kept, batchSize, total}, inputs: {data, model}, context: {report, signal}}) => {
    const given: Trained = {architecture: model.architecture as Architecture, weights: model.weights};
    const before: Trained = {architecture: {input: picture, layers: fitting}, weights: {}};
    const folded = foldForInference(joinNetworks(before, partOf(given, 0, kept)));
    const network = Network.restore('extractor', folded.architecture, folded.weights);
    const splits: Record<string, Split> = {};
    const began = performance.now();
    let counted = 0;
    try {
      for (const name of data.splitNames) {
        const split = await packedSplit(data, name);
        const done = async (rows: number): Promise<void> => {
          report.progress(counted + rows, total, 'image');
          await setImmediate();
          if (signal.aborted) throw new Interrupted(`stopped after ${counted + rows} of ${total} images`);
        };
        const batch = (batchOf: Parameters<Network['apply']>[0]) => network.apply(batchOf, {mode: 'evaluation'});
        const features = await applyCompiled(batch, tensorOf(split, 'images'), batchSize, done);
        splits[name] = {features, ...labelsOf(split)};
        counted += features.shape[0] ?? 0;
      }
    } finally {
      network.dispose();
    }
    report.log(`${(counted / ((performance.now() - began) / 1000)).toPrecision(3)} images/s`);
    return {features: datasetOf(splits)};
  },
});
