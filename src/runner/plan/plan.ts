import type {Digest} from '../../core/digest.js';
import {type KeyFields, type Numerics, stageKey} from '../../core/key.js';
import type {PortType} from '../../core/ports.js';
import type {ResolvedLine} from '../../recipe/expand/resolved-lines.js';
import type {Edge, Recipe, Stage, StageRun} from '../../recipe/recipe.js';
import {type PlannedCheck, planCheck} from './checks.js';
import {fingerprintModule} from './fingerprint.js';

/** A stage, with all of its key that is known before its inputs are. */
export interface PlannedStage {
  readonly name: string;
  readonly use: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, Edge>>;
  /** Types and shapes of what it gives, for who shows the plan. */
  readonly outputs: Readonly<Record<string, PortType>>;
  /** Stages whose outputs it takes. */
  readonly after: readonly string[];
  /** How it runs; never part of the key. */
  readonly run: StageRun;
  /** Names of its models in MLflow's registry, by output; never part of the key. */
  readonly register?: Readonly<Record<string, string>>;
  /** Computed anew, cached or not. */
  readonly fresh?: boolean;
  /** File URL of the module of a plugin; our own node types are found by `use`. */
  readonly plugin?: string;
  readonly fields: Omit<KeyFields, 'inputs'>;
  /** Params that only say how far the stage goes (`x-extends`): a finished run can be gone on from with larger ones. */
  readonly extending: readonly string[];
}

/** A checked recipe, ready to run: plain data, so that it can be kept, sent and compared. Only `makePlan` makes one. */
export interface Plan {
  readonly recipe: Pick<Recipe, 'name' | 'path' | 'seed' | 'params'>;
  /** In topological order. */
  readonly stages: readonly PlannedStage[];
  readonly checks: readonly PlannedCheck[];
  /** False when files outside of recipes and code take part, so that the same recipe may give another plan tomorrow. */
  readonly lasting: boolean;
  /** The finished recipe with the origin of every value, for who shows the plan; a plan that no command line asked for has none. */
  readonly resolved?: readonly ResolvedLine[];
}

export async function makePlan({name, path, seed, params, stages, checks}: Recipe, numerics: Numerics): Promise<Plan> {
  return {
    recipe: {name, path, seed, params},
    stages: await Promise.all(stages.map((stage) => planStage(stage, numerics))),
    checks: checks.map(planCheck),
    lasting: stages.every(({node}) => node.definition.externals === undefined),
  };
}

async function planStage(stage: Stage, numerics: Numerics): Promise<PlannedStage> {
  const {name, use, params, inputs, outputs, seed, run, register} = stage;
  const {definition, module} = stage.node;
  const code = await fingerprintModule(module);
  const after = [...new Set(Object.values(inputs).map((edge) => edge.stage))];
  const fields = {
    format: 1,
    type: definition.type,
    code: code.digest,
    packages: code.packages,
    params: cachedParams(stage),
    externals: (await definition.externals?.(params)) ?? {},
    seed,
    numerics: definition.usesTensors ? numerics : null,
  } as const;
  const {properties} = definition.params;
  const extending = Object.keys(properties).filter((param) => properties[param]?.['x-extends'] === true);
  return {
    ...{name, use, params, inputs, outputs, after, run, fields, extending},
    ...(Object.keys(register).length > 0 && {register}),
    ...(stage.node.plugin && {plugin: module.href}),
  };
}

/** Completes a stage's key with the content of its inputs. */
export function completeKey(
  planned: PlannedStage,
  inputs: Readonly<Record<string, Digest>>,
): {readonly fields: KeyFields; readonly key: Digest} {
  const fields = {...planned.fields, inputs};
  return {fields, key: stageKey(fields)};
}

/** Params without those that only change what is shown (`x-cache: false`). */
function cachedParams(stage: Stage): Record<string, unknown> {
  const schemas = stage.node.definition.params.properties;
  return Object.fromEntries(Object.entries(stage.params).filter(([name]) => schemas[name]?.['x-cache'] !== false));
}
