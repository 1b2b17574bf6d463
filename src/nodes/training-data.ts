import type {PackedTensor} from '../core/host-tensor.js';
import type {Report} from '../core/node.js';
import type {DatasetType, DatasetValue, TensorType} from '../core/ports.js';
import {packedSplit} from '../core/splits.js';
import {examplesName} from './examples.js';

type Wanted = Readonly<Record<string, string>>;
type Found<W extends Wanted> = {readonly [K in keyof W]: PackedTensor};

/** Tensors of a split by names of one's own: `wanted` says which tensor of the split each is. Throws when one is missing. */
export async function tensorsOf<W extends Wanted>(data: DatasetValue, split: string, wanted: W): Promise<Found<W>> {
  const tensors = await packedSplit(data, split);
  const found = Object.entries<string>(wanted).map(([name, from]) => {
    const tensor = tensors[from];
    if (!tensor) throw new Error(`Expected the split \`${split}\` to have \`${from}\`, got ${Object.keys(tensors).join(', ')}`);
    return [name, tensor] as const;
  });
  return Object.fromEntries(found) as Found<W>;
}

/** The same of the split `validation`; `undefined` when there is none. */
export const validationTensors = async <W extends Wanted>(data: DatasetValue, wanted: W): Promise<Found<W> | undefined> =>
  data.splitNames.includes('validation') ? tensorsOf(data, 'validation', wanted) : undefined;

/** Training examples with labels: the examples are `features`, where a stage has made some, else `images`. */
interface LabelledType {
  readonly name: 'features' | 'images';
  readonly examples: TensorType;
  readonly labels: TensorType;
}

/** The training examples and labels of a data set; reports and gives `undefined` when it has none. */
export function labelledType(data: DatasetType, report: Report): LabelledType | undefined {
  const train = data.splits['train'];
  const name = examplesName(train);
  const [examples, labels] = [train?.[name], train?.['labels']];
  if (examples && labels) return {name, examples, labels};
  const wanted = 'Expected the data set to have a split `train` with `images` or `features`, and `labels`, got none';
  report({path: ['in', 'data'], message: wanted});
  return undefined;
}

/** The training images of a data set; reports and gives `undefined` when it has none. */
export function imagesType(data: DatasetType, report: Report): TensorType | undefined {
  const images = data.splits['train']?.['images'];
  if (!images)
    report({path: ['in', 'data'], message: 'Expected the data set to have a split `train` with a tensor `images`, got none'});
  return images;
}

/** Reports batches that are larger than the training split, where its size is known. */
export function checkBatchSize(batchSize: number, {shape: [examples]}: TensorType, report: Report): void {
  if (typeof examples === 'number' && batchSize > examples)
    report({
      path: ['with', 'batchSize'],
      message: `Expected \`batchSize\` to be at most the ${examples} training examples, got ${batchSize}`,
    });
}

/** Reports pixels that are not in 0..1, as cross-entropy wants them. */
export function checkUnitRange({range}: TensorType, report: Report): void {
  if (range && range[0] >= 0 && range[1] <= 1) return;
  report({
    path: ['in', 'data'],
    message: `Expected pixels in 0..1, which cross-entropy needs, got ${range ? `${range[0]} to ${range[1]}` : 'an unknown range'}`,
    hint: 'Put `normalise/scale` with `to: [0, 1]` before this stage.',
  });
}
