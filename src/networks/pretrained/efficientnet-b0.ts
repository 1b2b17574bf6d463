import {
  activation,
  inOrder,
  type NamedLayer,
  type NamedLayers,
  normalised,
  plain,
  residual,
  squeezeExcite,
  standardise,
} from './named-layers.js';

/** Blocks of the table 1: kernel, how often, expansion, channels, stride of the first. */
const groups = [
  [3, 1, 1, 16, 1],
  [3, 2, 6, 24, 2],
  [5, 2, 6, 40, 2],
  [3, 3, 6, 80, 2],
  [5, 3, 6, 112, 1],
  [5, 4, 6, 192, 2],
  [3, 1, 6, 320, 1],
] as const;

const momentum = 0.99;
const blocks = groups.reduce((total, [, repeats]) => total + repeats, 0);
/** Variances that the published weights divide by once more than `standardise` does (TensorFlow's issue 49930). */
const deviations = [0.229, 0.224, 0.225];

interface EfficientNetOptions {
  /** For the published ImageNet weights, which were trained on pictures divided by the variance. */
  readonly published: boolean;
  /** Share of the examples whose last block is dropped while training; earlier blocks, less. */
  readonly dropPath: number;
}

/**
 * EfficientNetB0 without its classifier, up to the mean of each channel: pictures [height, width, 3] of 0..255 → 1,280 features.
 * Source: Tan, Le: EfficientNet, 2019, arXiv:1905.11946; names as in Keras.
 */
export function efficientnetB0({published, dropPath}: EfficientNetOptions): NamedLayers {
  const layers: NamedLayer[] = [
    plain({rescale: {scale: 1 / 255}}),
    standardise('normalization'),
    ...(published ? [plain({rescale: {scale: deviations.map((deviation) => 1 / Math.sqrt(deviation))}})] : []),
    ...normalised({conv2d: {filters: 32, kernel: 3, stride: 2}}, ['stem_conv', 'stem_bn'], momentum),
    activation('swish'),
  ];
  let [channels, number] = [32, 0];
  for (const [group, [kernel, repeats, expansion, filters, first]] of groups.entries())
    for (let repeat = 0; repeat < repeats; repeat++) {
      const stride = repeat === 0 ? first : 1;
      const name = `block${group + 1}${'abcd'[repeat]}_`;
      const block = invertedResidual(name, {channels, expansion, filters, kernel, stride});
      const dropped = (dropPath * number) / blocks;
      const path = dropped > 0 ? [plain({dropPath: dropped})] : [];
      layers.push(...(stride === 1 && channels === filters ? [residual([...block, ...path])] : block));
      [channels, number] = [filters, number + 1];
    }
  return inOrder([
    ...layers,
    ...normalised({conv2d: {filters: 1280, kernel: 1}}, ['top_conv', 'top_bn'], momentum),
    activation('swish'),
    plain('globalAveragePool'),
  ]);
}

interface Block {
  readonly channels: number;
  readonly expansion: number;
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
}

/** As in MobileNetV2, with channels weighed before they become few. */
function invertedResidual(name: string, {channels, expansion, filters, kernel, stride}: Block): readonly NamedLayer[] {
  const expand = [
    ...normalised({conv2d: {filters: expansion * channels, kernel: 1}}, [`${name}expand_conv`, `${name}expand_bn`], momentum),
    activation('swish'),
  ];
  return [
    ...(expansion === 1 ? [] : expand),
    ...normalised({depthwiseConv2d: {kernel, stride}}, [`${name}dwconv`, `${name}bn`], momentum),
    activation('swish'),
    squeezeExcite(Math.floor(channels / 4), [`${name}se_reduce`, `${name}se_expand`]),
    ...normalised({conv2d: {filters, kernel: 1}}, [`${name}project_conv`, `${name}project_bn`], momentum),
  ];
}
