import type {Recipe, Stage} from '../recipe/recipe.js';
import type {Digest} from '../util/digest.js';
import {fingerprintModule} from '../util/fingerprint.js';
import {type KeyFields, type Numerics, stageKey} from './key.js';

/** A stage with all of its key that is known before its inputs are. */
export interface PlannedStage {
  readonly stage: Stage;
  readonly after: readonly string[];
  readonly fields: Omit<KeyFields, 'inputs'>;
}

/** A checked recipe, ready to run: only `makePlan` makes one. */
export interface Plan {
  readonly recipe: Recipe;
  readonly stages: readonly PlannedStage[];
}

export async function makePlan(recipe: Recipe, numerics: Numerics): Promise<Plan> {
  const stages = recipe.stages.map(async (stage): Promise<PlannedStage> => {
    const {definition, module} = stage.node;
    const code = await fingerprintModule(module);
    return {
      stage,
      after: [...new Set(Object.values(stage.inputs).map((edge) => edge.stage))],
      fields: {
        format: 1,
        type: stage.use,
        code: code.digest,
        packages: code.packages,
        params: cachedParams(stage),
        externals: (await definition.externals?.(stage.params)) ?? {},
        seed: stage.seed,
        numerics: definition.usesTensors ? numerics : null,
      },
    };
  });
  return {recipe, stages: await Promise.all(stages)};
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
