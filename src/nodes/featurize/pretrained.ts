import {setImmediate} from 'node:timers/promises';
import {Type} from '@sinclair/typebox';
import {unpack} from '../../core/affine.js';
import type {PackedTensor} from '../../core/host-tensor.js';
import {defineNodeOld, type TypeIssue} from '../../core/node.js';
import type {DatasetType, ModelType, Split, SplitType} from '../../core/ports.js';
import {packedSplit} from '../../core/splits.js';
import {Interrupted} from '../../core/stage-context.js';
import {type Architecture, layOut} from '../../networks/architecture.js';
import {foldForInference} from '../../networks/fold.js';
import {showShape} from '../../networks/layer.js';
import {Network} from '../../networks/network.js';
import {fitPictures, joinNetworks, partOf, type Trained} from '../../networks/trained.js';
import {applyCompiled} from '../../tensor/compiled-function.js';
import {agreeOnRange} from '../agree.js';
import {architectureOf, modelType} from '../model-type.js';

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

/** The layers from a picture of the data to its features, or all that does not fit. */
function extractorOf(without: number, data: DatasetType, model: ModelType): Architecture | TypeIssue[] {
  const {input, layers = []} = architectureOf(model) ?? {input: []};
  const images = Object.values(data.splits).map((split) => split['images']);
  const [first] = images;
  if (!first || images.includes(undefined))
    return [{path: ['in', 'data'], message: 'Expected every split of the data to have `images`, got one without'}];
  if (without >= layers.length)
    return [
      {path: ['with', 'without'], message: `Expected \`without\` to leave some of ${layers.length} layers, got ${without}`},
    ];
  const issues: TypeIssue[] = [];
  const taken = {path: ['in', 'model'], what: 'what `model` takes', tensor: model.inputs['input'], names: []};
  agreeOnRange(taken, {path: ['in', 'data'], what: '`images`', tensor: first, names: []}, (issue) => issues.push(issue));
  const picture = first.shape.slice(1).map(Number);
  const fitted = fitPictures(picture, input);
  if ('problem' in fitted) return [...issues, {path: ['in', 'data'], message: fitted.problem}];
  const architecture = {input: picture, layers: [...fitted, ...layers.slice(0, layers.length - without)]};
  const laid = layOut(architecture);
  if ('problem' in laid) return [...issues, {path: ['in', 'model'], message: laid.problem.problem}];
  if (laid.layout.output.length !== 1)
    issues.push({
      path: ['in', 'model'],
      message: `Expected a model that gives a vector, got shape ${showShape(laid.layout.output)}`,
    });
  return issues.length > 0 ? issues : architecture;
}

export const node = defineNodeOld({
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
  outputs: ({params: {without}, inputs: {data, model}, report}) => {
    const found = extractorOf(without, data, model);
    if (Array.isArray(found)) {
      found.forEach(report);
      return {};
    }
    const {output} = modelType(found);
    const features = ({images, labels}: SplitType): SplitType => ({
      features: {dtype: 'float32', shape: [images?.shape[0] ?? 'examples', ...output.shape.slice(1)]},
      ...(labels && {labels}),
    });
    const splits = Object.entries(data.splits).map(([name, split]) => [name, features(split)]);
    return {features: {kind: 'dataset', splits: Object.fromEntries(splits)}};
  },
  run: async ({params: {without, batchSize}, inputs: {data, model}, inputTypes, report, signal}) => {
    const architecture = extractorOf(without, inputTypes.data, inputTypes.model);
    if (Array.isArray(architecture)) throw new Error(architecture[0]?.message);
    const given: Trained = {architecture: model.architecture as Architecture, weights: model.weights};
    const kept = partOf(given, 0, given.architecture.layers.length - without);
    const before = architecture.layers.slice(0, architecture.layers.length - kept.architecture.layers.length);
    const folded = foldForInference(joinNetworks({architecture: {...architecture, layers: before}, weights: {}}, kept));
    const network = Network.restore('extractor', folded.architecture, folded.weights);
    const total = Object.values(inputTypes.data.splits).reduce((sum, {images}) => sum + Number(images?.shape[0]), 0);
    const splits = new Map<string, Split>();
    const began = performance.now();
    let counted = 0;
    try {
      for (const name of data.splitNames) {
        const {images, labels} = await packedSplit(data, name);
        const done = async (rows: number): Promise<void> => {
          report.progress(counted + rows, total, 'image');
          await setImmediate();
          if (signal.aborted) throw new Interrupted(`stopped after ${counted + rows} of ${total} images`);
        };
        const batch = (batchOf: Parameters<Network['apply']>[0]) => network.apply(batchOf, {mode: 'evaluation'});
        const features = await applyCompiled(batch, images as PackedTensor, batchSize, done);
        splits.set(name, {features, ...(labels && {labels: unpack(labels)})});
        counted += features.shape[0] ?? 0;
      }
    } finally {
      network.dispose();
    }
    report.log(`${(counted / ((performance.now() - began) / 1000)).toPrecision(3)} images/s`);
    return {features: {kind: 'dataset', splitNames: data.splitNames, split: async (name) => splits.get(name) ?? {}}};
  },
});
