import {Type} from '@sinclair/typebox';
import {type HostTensor, sizeOf} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import type {TensorType} from '../../core/ports.js';
import {captionedGrid} from '../../figures/captioned-grid.js';
import {thumbnailSprite} from '../../figures/scatter.js';
import {predictionsOf} from '../../numerics/metrics/classification.js';
import {tensorIn, unifyDimensions} from '../agree.js';
import {className} from '../classes.js';
import {greyLevels} from '../grey-levels.js';
import {splitWith} from '../split-types.js';
import {floatsOf, tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    title: Type.String({default: 'Worst mistakes', maxLength: 200, description: 'Heading of the picture.'}),
    split: Type.String({default: 'test', description: 'The split that was scored.'}),
    count: Type.Integer({minimum: 1, maximum: 500, default: 48, description: 'Images shown.'}),
    columns: Type.Integer({minimum: 1, maximum: 100, default: 8, description: 'Images a row of the picture.'}),
  },
  {additionalProperties: false},
);

/** An example that is taken for another class. */
interface Mistake {
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Probability of the class it is taken for. */
  readonly probability: number;
}

/** All mistakes, those first that leave their own class the least probability. */
function mistakesOf(probabilities: HostTensor<'float32'>, labels: HostTensor): readonly Mistake[] {
  const classes = probabilities.shape[1] ?? 0;
  const of = (index: number, name: number): number => probabilities.data[index * classes + name] as number;
  return [...predictionsOf(probabilities)]
    .map((predicted, index) => ({index, label: labels.data[index] as number, predicted, probability: of(index, predicted)}))
    .filter(({label, predicted}) => label !== predicted)
    .sort((a, b) => of(a.index, a.label) - of(b.index, b.label) || a.index - b.index);
}

export const node = defineNode({
  type: 'visualise/mistakes',
  summary: 'The worst mistakes of a classifier as pictures, with what each is and what it is taken for.',
  example: `mistakes:
  use: visualise/mistakes
  in: {data: scaled, predictions: grades.predictions}`,
  params,
  inputs: {
    data: {kind: 'dataset', description: 'The split that was scored, with `images`.'},
    predictions: {kind: 'dataset', description: 'Its `probabilities` and `labels`, as evaluate/classifier gives.'},
  },
  usesTensors: false,
  prepare: (given, {data, predictions}, report) => {
    const {split} = given;
    const shown = splitWith(data, split, ['images'], report, {path: ['in', 'data']});
    const scored = splitWith(predictions, split, ['probabilities', 'labels'], report, {path: ['in', 'predictions']});
    unifyDimensions(
      [
        tensorIn('data', 'images', shown, ['examples', 'height', 'width', 'channels']),
        tensorIn('predictions', 'probabilities', scored, ['examples', 'classes']),
      ],
      report,
    );
    return {...given, range: shown?.images.range, nameOf: (label: number) => className(scored?.labels, label)};
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {title, split, count, columns, range, nameOf}, inputs}) => {
    const scored = await inputs.predictions.split(split);
    const labels = tensorOf(scored, 'labels');
    const images = tensorOf(await inputs.data.split(split), 'images');
    const mistakes = mistakesOf(floatsOf(scored, 'probabilities'), labels);
    const shown = mistakes.slice(0, count);
    const [, height = 0, width = 0] = images.shape;
    const pixels = greyPictures(images, shown, range);
    const items = shown.map(({index, label, predicted, probability}) => ({
      index,
      label: nameOf(label),
      predicted: nameOf(predicted),
      probability,
    }));
    const summary = `${mistakes.length} of ${labels.data.length} are mistakes${shown.length < mistakes.length ? `; the ${shown.length} worst` : ''}`;
    const png = await captionedGrid({
      title: `${title}: ${summary}`,
      images: items.map(({label, predicted, probability}, place) => ({
        pixels: pixels[place] as Uint8Array,
        caption: [predicted, `is ${label}`, percent(probability)],
      })),
      height,
      width,
      columns: Math.min(columns, Math.max(5, items.length)),
    });
    const perRow = 16;
    const whole = Uint8Array.from(pixels.flatMap((each) => [...each]));
    const sprite = {png: await thumbnailSprite(whole, items.length, width, perRow), size: width, perRow};
    return {
      figure: {
        kind: 'figure',
        title,
        alt: `${summary}: pictures, each with the class it is taken for, the class it is, and the probability given to the mistake.`,
        png,
        ...(height === width && items.length > 0 && {interactive: {type: 'gallery', summary, sprite, items}}),
      },
    };
  },
});

const percent = (share: number): string => `${(100 * share).toFixed(share > 0.9995 ? 0 : 1)} %`;

/** The chosen images in grey 0..255, channels averaged. */
function greyPictures(images: HostTensor, chosen: readonly Mistake[], range: TensorType['range']): Uint8Array[] {
  const [, height = 0, width = 0, channels = 1] = images.shape;
  const size = sizeOf([height, width, channels]);
  return chosen.map(({index}) => {
    const image = {...images, shape: [size], data: images.data.slice(index * size, (index + 1) * size)} as HostTensor;
    const levels = greyLevels(image, range);
    return Uint8Array.from({length: height * width}, (_, pixel) => {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += levels[pixel * channels + channel] as number;
      return Math.round((255 * Math.min(Math.max(sum, 0), channels)) / channels);
    });
  });
}
