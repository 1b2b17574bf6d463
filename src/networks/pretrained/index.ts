import type {Architecture} from '../architecture.js';
import {efficientnetB0} from './efficientnet-b0.js';
import {mobilenetV2} from './mobilenet-v2.js';
import type {NamedLayers} from './named-layers.js';

/** A network that is built by its name. */
interface PretrainedNetwork {
  readonly network: 'mobilenetV2' | 'efficientnetB0';
  /** Height and width of the pictures that it takes. */
  readonly size: number;
  /** Width multiplier of MobileNetV2. */
  readonly alpha: number;
  readonly weights: string;
}

const storage = 'https://storage.googleapis.com';

/** Widths and sizes that there are published weights of MobileNetV2 for. */
const published = {alphas: [0.35, 0.5, 0.75, 1, 1.3, 1.4], sizes: [96, 128, 160, 192, 224]};

/** Problems of a choice, by the param's name. */
export function checkChoice({network, alpha, weights}: PretrainedNetwork): readonly (readonly [string, string])[] {
  if (network !== 'mobilenetV2')
    return alpha === 1 ? [] : [['alpha', `Expected \`alpha\` to be 1 where the network is \`${network}\`, got ${alpha}`]];
  const {alphas, sizes} = published;
  if (weights !== 'imagenet' || alphas.includes(alpha)) return [];
  return [
    [
      'alpha',
      `Expected \`alpha\` to be one that there are weights for (${alphas.join(', ')}; sizes ${sizes.join(', ')}), got ${alpha}`,
    ],
  ];
}

/** Where Keras has the published weights, without the classifier; those of 224 where the size has none of its own. */
export function publishedAddress({network, alpha, size}: PretrainedNetwork): string {
  if (network === 'efficientnetB0') return `${storage}/keras-applications/efficientnetb0_notop.h5`;
  const width = Number.isInteger(alpha) ? alpha.toFixed(1) : String(alpha);
  const pixels = published.sizes.includes(size) ? size : 224;
  const name = `mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${width}_${pixels}_no_top.h5`;
  return `${storage}/tensorflow/keras-applications/mobilenet_v2/${name}`;
}

/** The layers, and where Keras keeps their weights. */
export function networkOf({
  network,
  size,
  alpha,
  weights,
}: PretrainedNetwork): NamedLayers & {readonly architecture: Architecture} {
  const named =
    network === 'mobilenetV2' ? mobilenetV2(alpha) : efficientnetB0({published: weights === 'imagenet', dropPath: 0.2});
  return {...named, architecture: {input: [size, size, 3], layers: named.layers}};
}

/** MobileNetV2 with alpha 0.35 */
export const titleOf = ({network, alpha}: PretrainedNetwork): string =>
  network === 'mobilenetV2' ? `MobileNetV2 with alpha ${alpha}` : 'EfficientNetB0';
