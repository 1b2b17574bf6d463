import {type TSchema, type TUnsafe, Type} from '@sinclair/typebox';
import {sizeOf} from '../tensor/host-tensor.js';
import {isProblem, type LayerKind, type LayerSpec, type Shape, type ShapeProblem, showShape, type WeightSpec} from './layer.js';
import {activationRange} from './layers/activations.js';
import {layerKinds} from './layers/index.js';

/** A network as the recipe wrote it: enough, with its weights, to build it again. */
export interface Architecture {
  /** Shape of one input example. */
  readonly input: Shape;
  readonly layers: readonly LayerSpec[];
}

/** A layer with its shorthand undone and its shapes known. */
export interface LaidLayer {
  readonly kind: LayerKind;
  readonly params: unknown;
  readonly input: Shape;
  readonly output: Shape;
  /** Weights in the order the kind declares them, each by its name in the network: `0.kernel`. */
  readonly weights: readonly WeightSpec[];
}

export interface Layout {
  readonly layers: readonly LaidLayer[];
  readonly output: Shape;
  /** Number of weights that learn. */
  readonly parameters: number;
  /** Number of values that training keeps besides: moving averages. */
  readonly averages: number;
  /** Bounds of the output, when the last layer sets any. */
  readonly range?: readonly [number, number];
}

/** A layer that cannot take what the layers before it give. */
export interface LayerProblem extends ShapeProblem {
  readonly index: number;
}

const nameOf = (spec: LayerSpec): string => (typeof spec === 'string' ? spec : (Object.keys(spec)[0] ?? ''));

/** Follows the shapes through the layers; stops at the first layer that does not fit. */
export function layOut({input, layers}: Architecture): {readonly layout: Layout} | {readonly problem: LayerProblem} {
  const laid: LaidLayer[] = [];
  let shape = input;
  for (const [index, spec] of layers.entries()) {
    const kind = layerKinds.get(nameOf(spec));
    if (!kind) return {problem: {index, problem: `Expected a kind of layer, got \`${nameOf(spec)}\``}};
    const params = kind.complete(typeof spec === 'string' ? undefined : spec[kind.name]);
    const output = kind.outputShape(params, shape);
    if (isProblem(output)) return {problem: {index, ...output}};
    const weights = kind.weights(params, shape).map((weight) => ({...weight, name: `${index}.${weight.name}`}));
    laid.push({kind, params, input: shape, output, weights});
    shape = output;
  }
  const range = activationRange(laid.at(-1)?.kind.name ?? '');
  const count = (learns: boolean): number =>
    laid
      .flatMap((layer) => layer.weights)
      .filter((weight) => (weight.learns ?? true) === learns)
      .reduce((total, weight) => total + sizeOf(weight.shape), 0);
  return {layout: {layers: laid, output: shape, parameters: count(true), averages: count(false), ...(range && {range})}};
}

/** Schema of a layer list: one alternative a kind of layer, so that editors complete names and params. */
export function layerListSchema(description: string): TUnsafe<LayerSpec[]> {
  const kinds = [...layerKinds.values()];
  const bare = kinds.filter((kind) => kind.params === undefined || kind.bare).map((kind) => kind.name);
  const objects = kinds
    .filter((kind): kind is LayerKind & {params: TSchema} => kind.params !== undefined)
    .map((kind) => Type.Object({[kind.name]: kind.params}, {additionalProperties: false, description: kind.summary}));
  const layer = Type.Union([Type.Unsafe<string>({type: 'string', enum: bare}), ...objects]);
  return Type.Unsafe<LayerSpec[]>(Type.Array(layer, {title: 'list of layers', minItems: 1, maxItems: 1000, description}));
}

/** "784 → 392 → 10", for messages and tables. */
export const showLayout = (input: Shape, layout: Layout): string =>
  [input, ...layout.layers.map((layer) => layer.output)]
    .filter((shape, index, shapes) => index === 0 || showShape(shape) !== showShape(shapes[index - 1] ?? []))
    .map((shape) => (shape.length === 1 ? String(shape[0]) : shape.join('×')))
    .join(' → ');
