import {type Static, type TSchema, type TUnsafe, Type} from '@sinclair/typebox';
import {adam} from './adam.js';
import {adamw} from './adamw.js';
import type {Optimizer, OptimizerKind} from './optimizer.js';
import {rmsprop} from './rmsprop.js';
import {sgd} from './sgd.js';

/** All optimisers by their names in a recipe. */
const optimizers = {adam, adamw, sgd, rmsprop};

type Kinds = typeof optimizers;

/** An optimiser by its name in a recipe: `{adam: {rate: 1e-3}}`. A setting that is left out has its schema's default. */
export type OptimizerConfig = {
  readonly [N in keyof Kinds]: {readonly [K in N]: Readonly<Partial<Static<Kinds[K]['settings']>>>};
}[keyof Kinds];

export function createOptimizer(config: OptimizerConfig): Optimizer {
  const [name = '', given] = Object.entries(config)[0] ?? [];
  const kind = Object.entries<OptimizerKind>(optimizers).find(([known]) => known === name)?.[1];
  if (!kind) throw new Error(`Expected one of the optimisers ${Object.keys(optimizers).join(', ')}, got \`${name}\``);
  const defaults = Object.entries<TSchema>(kind.settings.properties).map(([setting, schema]) => [setting, schema.default]);
  return kind.create({...Object.fromEntries(defaults), ...given});
}

/** Schema of a param that says how something learns. */
export function optimizerSchema(
  {description}: {readonly description: string},
  fallback: OptimizerConfig,
): TUnsafe<OptimizerConfig> {
  const settings = Object.entries<OptimizerKind>(optimizers).map(([name, kind]) => [name, kind.settings] as const);
  return Type.Unsafe<OptimizerConfig>({
    ...Type.Partial(Type.Object(Object.fromEntries(settings))),
    title: 'optimizer',
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    default: fallback,
    description,
  });
}
