import type {TSchema} from '@sinclair/typebox';
import {prepareNode} from '../../core/node.js';
import type {PortType, SplitType, TensorType} from '../../core/ports.js';
import type {Recipe, Stage} from '../../recipe/recipe.js';
import {canMakeUp, node as source} from './smoke-source.js';

export interface Smoke {
  readonly status: 'accepted';
  readonly recipe: Recipe;
  /** Examples in each split that is made up. */
  readonly examples: number;
}

/** A stage that takes nothing but what it is given in the recipe: what it says. */
interface Refused {
  readonly status: 'refused';
  readonly stage: string;
  readonly message: string;
}

const fewest = 16;
/** Size that a named dimension gets. */
const namedSize = 16;

/**
 * A recipe that needs no data and takes seconds: stages without inputs give made-up values of the types they declare, with as few
 * examples as all stages accept, what a run can go on with (`x-extends`: epochs) is as little as its schema allows, and what says so
 * (`x-smoke`: batch sizes, weights to be fetched) no more than that; checks are left out. Everything else is the recipe's own: every stage computes with its own
 * params and networks.
 */
export function smokeRecipe(recipe: Recipe): Smoke | Refused {
  for (let examples = fewest; ; examples *= 2) {
    const shrunk = shrink(recipe.stages, examples);
    if (shrunk.status === 'accepted')
      return {status: 'accepted', recipe: {...recipe, stages: shrunk.stages, checks: []}, examples};
    if (shrunk.whole) return shrunk;
  }
}

/** The stages with small types, or what the first says that does not take them. `whole`: no split is smaller than in the recipe. */
function shrink(
  stages: readonly Stage[],
  examples: number,
): {readonly status: 'accepted'; readonly stages: readonly Stage[]} | (Refused & {readonly whole: boolean}) {
  const types = new Map<string, Readonly<Record<string, PortType>>>();
  const small: Stage[] = [];
  let whole = true;
  for (const stage of stages) {
    const shrunk = isSource(stage) ? madeUp(stage, examples) : shortened(stage, types);
    if (shrunk.status === 'refused') return {...shrunk, stage: stage.name, whole};
    const {outputs} = shrunk.stage;
    if (isSource(stage) && JSON.stringify(outputs) !== JSON.stringify(stage.outputs)) whole = false;
    types.set(stage.name, outputs);
    small.push(shrunk.stage);
  }
  return {status: 'accepted', stages: small};
}

const isSource = ({node, outputs}: Stage): boolean =>
  Object.keys(node.definition.inputs).length === 0 && Object.values(outputs).every(canMakeUp);

function madeUp(stage: Stage, examples: number): Shortened {
  const types = Object.entries(stage.outputs).map(([port, type]) => [port, shrinkType(type, examples)]);
  const outputs = Object.fromEntries(types) as Stage['outputs'];
  const module = new URL('./smoke-source.js', import.meta.url);
  const use = `${stage.use} (made up)`;
  const node = {definition: source, module, plugin: {folder: '.'}};
  return {status: 'fits', stage: {...stage, use, node, params: {types: outputs}, outputs}};
}

type Shortened = {readonly status: 'fits'; readonly stage: Stage} | {readonly status: 'refused'; readonly message: string};

function shortened(stage: Stage, types: ReadonlyMap<string, Readonly<Record<string, PortType>>>): Shortened {
  const params = shorten(stage);
  const flat = Object.entries(stage.inputs).map(
    ([port, edge]) => [port, types.get(edge.stage)?.[edge.port] as PortType] as const,
  );
  const prepared = prepareNode(stage.node.definition, params, Object.fromEntries(flat));
  return prepared.status === 'fits'
    ? {status: 'fits', stage: {...stage, params, outputs: prepared.outputs}}
    : {status: 'refused', message: prepared.issues[0]?.message ?? ''};
}

function shrinkType(type: PortType, examples: number): PortType {
  if (type.kind !== 'dataset' && type.kind !== 'embedding') return type;
  const tensor = ({shape: [first, ...others], ...rest}: TensorType): TensorType => ({
    ...rest,
    shape: [
      typeof first === 'number' ? Math.min(first, examples) : examples,
      ...others.map((each) => (typeof each === 'number' ? each : namedSize)),
    ],
  });
  const split = (tensors: SplitType): SplitType =>
    Object.fromEntries(Object.entries(tensors).map(([name, each]) => [name, tensor(each)]));
  return {...type, splits: Object.fromEntries(Object.entries(type.splits).map(([name, each]) => [name, split(each)]))};
}

/** Params with the length of a training as short as it may be. */
function shorten({node, params}: Stage): Stage['params'] {
  const schemas = node.definition.params.properties;
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      const schema: TSchema | undefined = schemas[name];
      const most = schema?.['x-extends'] === true ? (schema['minimum'] ?? 1) : schema?.['x-smoke'];
      if (typeof most === 'string') return [name, most];
      return [name, typeof most === 'number' && typeof value === 'number' ? Math.min(value, most) : value];
    }),
  );
}
