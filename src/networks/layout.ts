import {type TSchema, Type} from '@sinclair/typebox';
import type {LayerSpec, Shape} from '../core/ports.js';
import {type LayerKind, type Misfit, misfit, type WeightSpec} from './layer.js';

/** A layer with its shorthand undone and its shapes known. */
export interface LaidLayer {
  readonly kind: LayerKind;
  readonly params: unknown;
  readonly input: Shape;
  readonly output: Shape;
  /** Weights in the order the kind declares them, each by its name in the network: `0.kernel`. */
  readonly weights: readonly WeightSpec[];
}

/** The first layer that cannot take what the layers before it give. */
export interface LayerMisfit extends Misfit {
  readonly index: number;
}

const nameOf = (spec: LayerSpec): string => (typeof spec === 'string' ? spec : (Object.keys(spec)[0] ?? ''));

/** Follows the shapes through the layers, each of one of `kinds`; stops at the first layer that does not fit. */
export function follow(
  kinds: ReadonlyMap<string, LayerKind>,
  input: Shape,
  layers: readonly LayerSpec[],
): {readonly status: 'fits'; readonly layers: readonly LaidLayer[]; readonly output: Shape} | LayerMisfit {
  const laid: LaidLayer[] = [];
  let shape = input;
  for (const [index, spec] of layers.entries()) {
    const kind = kinds.get(nameOf(spec));
    if (!kind) return {...misfit(`Expected a kind of layer, got \`${nameOf(spec)}\``), index};
    const params = kind.complete(typeof spec === 'string' ? undefined : spec[kind.name]);
    const fit = kind.outputShape(params, shape);
    if (fit.status === 'misfit') return {...fit, index};
    const weights = kind.weights(params, shape).map((weight) => ({...weight, name: `${index}.${weight.name}`}));
    laid.push({kind, params, input: shape, output: fit.shape, weights});
    shape = fit.shape;
  }
  return {status: 'fits', layers: laid, output: shape};
}

/** Layers that are known to fit. Throws when they do not. */
export function fitted<T extends {readonly status: 'fits'}>(found: T | LayerMisfit): T {
  if (found.status === 'misfit') throw new Error(`layer ${found.index}: ${found.problem}`);
  return found;
}

/** Schema of a layer of one of `kinds`: one alternative each, so that editors complete names and params. */
export function layerSchema(kinds: readonly LayerKind[]): TSchema {
  const bare = kinds.filter((kind) => kind.params === undefined || kind.bare).map((kind) => kind.name);
  const objects = kinds
    .filter((kind): kind is LayerKind & {params: TSchema} => kind.params !== undefined)
    .map((kind) => Type.Object({[kind.name]: kind.params}, {additionalProperties: false, description: kind.description}));
  return Type.Union([Type.Unsafe<string>({type: 'string', enum: bare}), ...objects]);
}
