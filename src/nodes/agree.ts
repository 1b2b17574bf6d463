import type {Report, TypeIssue} from '../core/node.js';
import type {Dimension, ModelType, SplitType, TensorType} from '../core/ports.js';
import {countClasses} from './classes.js';

/** A tensor that takes part in a stage, with names for its dimensions; the last may be `...name`, which stands for all that are left. */
export interface NamedTensor {
  /** Where it comes from: `['in', 'decoder']`. */
  readonly path: readonly (string | number)[];
  /** Its name in messages: ``what `decoder` gives``. */
  readonly what: string;
  readonly tensor: TensorType | undefined;
  readonly names: readonly string[];
}

/** Input of a model, with names for the dimensions of one example. */
export const takenBy = (port: string, {inputs}: ModelType, ...names: readonly string[]): NamedTensor => ({
  path: ['in', port],
  what: `what \`${port}\` takes`,
  tensor: inputs['input'],
  names: ['batch', ...names],
});

/** Output of a model, with names for the dimensions of one example. */
export const givenBy = (port: string, {output}: ModelType, ...names: readonly string[]): NamedTensor => ({
  path: ['in', port],
  what: `what \`${port}\` gives`,
  tensor: output,
  names: ['batch', ...names],
});

/** A tensor of a split of an input port. */
export const tensorIn = (port: string, name: string, split: SplitType | undefined, names: readonly string[]): NamedTensor => ({
  path: ['in', port],
  what: `\`${name}\``,
  tensor: split?.[name],
  names,
});

/**
 * Dimensions of one name must be equal wherever they stand: what differs is reported with the place of the first. A dimension that is
 * not known in advance fits any.
 */
export function unifyDimensions(tensors: readonly NamedTensor[], report: Report): void {
  const bound = new Map<string, {readonly size: string; readonly by: NamedTensor}>();
  for (const named of tensors) {
    const {path, what, tensor, names} = named;
    if (!tensor) continue;
    const hasRest = names.at(-1)?.startsWith('...') === true;
    const fixed = hasRest ? names.slice(0, -1) : names;
    if (hasRest ? tensor.shape.length < fixed.length : tensor.shape.length !== fixed.length) {
      report({path, message: `Expected ${what} to have the shape [${names.join(', ')}], got [${tensor.shape.join(', ')}]`});
      continue;
    }
    for (const [index, name] of names.entries()) {
      const size = index < fixed.length ? sizeOf([tensor.shape[index] ?? '']) : `[${tensor.shape.slice(index).join(', ')}]`;
      if (size === undefined) continue;
      const first = bound.get(name);
      if (!first) bound.set(name, {size, by: named});
      else if (first.size !== size)
        report({
          path,
          message: `Expected the ${index < fixed.length ? `dimension \`${name}\`` : name.replace('...', '')} of ${what} to be ${first.size}, as of ${first.by.what}, got ${size}`,
          related: origins([first.by, named]),
        });
    }
  }
}

const sizeOf = ([dimension]: readonly Dimension[]): string | undefined =>
  typeof dimension === 'number' ? String(dimension) : undefined;

/** Two tensors whose values must have one range, where both are known: pixels, and what a decoder makes of them. */
export function agreeOnRange(first: NamedTensor, second: NamedTensor, report: Report): void {
  const [a, b] = [first.tensor?.range, second.tensor?.range];
  if (!a || !b || (a[0] === b[0] && a[1] === b[1])) return;
  report({
    path: second.path,
    message: `Expected ${second.what} to be in the range ${a[0]}..${a[1]}, as ${first.what}, got ${b[0]}..${b[1]}`,
    related: origins([first, second]),
  });
}

/** A decoder takes the code, or the code and the one-hot class. */
export function checkDecoderInput(decoder: ModelType, code: NamedTensor, labels: TensorType | undefined, report: Report): void {
  const told = {...takenBy('decoder', decoder), what: '`decoder`'};
  const [takes, size] = [told.tensor?.shape.at(-1), code.tensor?.shape.at(-1)];
  const classes = countClasses(labels) ?? 0;
  if (typeof takes !== 'number' || typeof size !== 'number' || takes === size || takes === size + classes) return;
  const more = classes > 0 && takes > classes ? `, or ${takes - classes} beside ${classes} classes,` : '';
  report({
    path: code.path,
    message: `Expected ${code.what} to have ${takes} dimensions${more} as ${told.what} takes, got ${size}`,
    related: origins([told, code]),
  });
}

const origins = (tensors: readonly NamedTensor[]): NonNullable<TypeIssue['related']> =>
  tensors.map(({path, what}) => ({path, message: `${what}, from here`}));
