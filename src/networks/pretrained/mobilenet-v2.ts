import {
  activation,
  inOrder,
  type NamedLayer,
  type NamedLayers,
  normalised,
  plain,
  residual,
  roundFilters,
} from './named-layers.js';

/** Blocks of the table 2: expansion, channels, how often, stride of the first. */
const groups = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

const momentum = 0.999;

/**
 * MobileNetV2 without its classifier, up to the mean of each channel: pictures [height, width, 3] of 0..255 → features. `alpha` makes
 * all layers thinner or wider. Source: Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2, 2018, arXiv:1801.04381; names as in Keras.
 */
export function mobilenetV2(alpha: number): NamedLayers {
  const layers: NamedLayer[] = [
    // −1..1
    plain({rescale: {scale: 1 / 127.5, offset: -1}}),
    ...normalised({conv2d: {filters: roundFilters(32 * alpha), kernel: 3, stride: 2}}, ['Conv1', 'bn_Conv1'], momentum),
    activation('relu6'),
  ];
  let [channels, number] = [roundFilters(32 * alpha), 0];
  for (const [expansion, width, repeats, first] of groups)
    for (let repeat = 0; repeat < repeats; repeat++) {
      const filters = roundFilters(Math.floor(width * alpha));
      const stride = repeat === 0 ? first : 1;
      const block = invertedResidual(number, {channels, expansion, filters, stride});
      layers.push(...(stride === 1 && channels === filters ? [residual(block)] : block));
      [channels, number] = [filters, number + 1];
    }
  const last = alpha > 1 ? roundFilters(1280 * alpha) : 1280;
  return inOrder([
    ...layers,
    ...normalised({conv2d: {filters: last, kernel: 1}}, ['Conv_1', 'Conv_1_bn'], momentum),
    activation('relu6'),
    plain('globalAveragePool'),
  ]);
}

interface Block {
  readonly channels: number;
  readonly expansion: number;
  readonly filters: number;
  readonly stride: number;
}

/** To many channels, along each of them, and back to few, without an activation at the end. */
function invertedResidual(number: number, {channels, expansion, filters, stride}: Block): readonly NamedLayer[] {
  const name = number === 0 ? 'expanded_conv' : `block_${number}`;
  const names = (part: string): [string, string] => [`${name}_${part}`, `${name}_${part}_BN`];
  const expand = [
    ...normalised({conv2d: {filters: expansion * channels, kernel: 1}}, names('expand'), momentum),
    activation('relu6'),
  ];
  return [
    ...(number === 0 ? [] : expand),
    ...normalised({depthwiseConv2d: {kernel: 3, stride}}, names('depthwise'), momentum),
    activation('relu6'),
    ...normalised({conv2d: {filters, kernel: 1}}, names('project'), momentum),
  ];
}
