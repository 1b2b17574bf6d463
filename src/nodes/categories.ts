import type {Report} from '../core/node.js';
import type {ModelType, TensorType} from '../core/ports.js';

/** Number of classes or categories that a decoder takes beside a style of this type; reports one that takes nothing beside it. */
export function categoriesBeside(style: TensorType | undefined, decoder: ModelType, report: Report): number | undefined {
  const [takes, size] = [decoder.inputs['input']?.shape[1], style?.shape[1]];
  if (decoder.output.shape.length !== 4 || decoder.output.shape[3] !== 1)
    report({
      path: ['in', 'decoder'],
      message: `Expected a decoder that gives images [height, width, 1], got shape [${decoder.output.shape.slice(1).join(', ')}]`,
    });
  if (typeof takes !== 'number' || typeof size !== 'number') return undefined;
  if (takes > size + 1) return takes - size;
  report({
    path: ['in', 'decoder'],
    message: `Expected a decoder that takes a class beside the ${size} values of a style, got one that takes ${takes}`,
    hint: 'Give it styles without the category, as `featurize/encode` makes with `aae.style`, or train with `labels: decoder`.',
  });
  return undefined;
}
