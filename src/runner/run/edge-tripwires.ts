import {type HostTensor, sizeOf} from '../../core/host-tensor.js';
import type {PortKind} from '../../core/ports.js';
import {unravel} from '../../tensor/compare.js';
import {firstNonFinite} from '../../training/tripwires.js';

/** Fewer examples may well be alike. */
const fewestExamples = 8;

/**
 * The fault of a tensor of a result, in the words of "Expected …, got …": NaN, infinity, a feature of an embedding that is the
 * same for all examples, or examples of a data set that are all one constant.
 */
export function tensorFault(name: string, tensor: HostTensor, kind: PortKind): string | undefined {
  const {dtype, shape, data} = tensor;
  const at = dtype === 'float32' ? firstNonFinite(data) : -1;
  if (at >= 0) {
    const bad = (data as Float32Array).reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
    const where = `${data[at]} at [${unravel(at, shape).join(', ')}]`;
    return `Expected \`${name}\` to hold finite numbers, got ${where}; ${bad} of ${data.length} values are not`;
  }
  const [examples = 0, ...rest] = shape;
  const features = sizeOf(rest);
  if (kind === 'model' || shape.length < 2 || examples < fewestExamples || features === 0) return undefined;
  if (kind === 'embedding') {
    const constant = constantFeature(data, examples, features);
    if (constant === undefined) return undefined;
    return `Expected every feature of \`${name}\` to vary, got ${data[constant]} for all ${examples} examples in feature ${constant}`;
  }
  return data.every((value) => value === data[0]) ? `Expected \`${name}\` to vary, got ${data[0]} everywhere` : undefined;
}

function constantFeature(data: HostTensor['data'], examples: number, features: number): number | undefined {
  for (let feature = 0; feature < features; feature++) {
    let example = 1;
    while (example < examples && data[example * features + feature] === data[feature]) example += 1;
    if (example === examples) return feature;
  }
  return undefined;
}
