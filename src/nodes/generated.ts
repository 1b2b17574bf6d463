import type {Report} from '../core/node.js';
import type {DatasetType} from '../core/ports.js';
import type {NamedTensor} from './agree.js';

/** The images that a model made, with names for the dimensions of one; reports a data set without them. */
export function generatedImages(generated: DatasetType, names: readonly string[], report: Report): NamedTensor {
  const path = ['in', 'generated'];
  const tensor = generated.splits['generated']?.['images'];
  if (!tensor) report({path, message: 'Expected a split `generated` with `images`, as of `generate/images`, got none'});
  return {path, what: 'the generated images', tensor, names: ['generated', ...names]};
}
