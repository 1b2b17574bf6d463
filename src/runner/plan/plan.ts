import type {Numerics} from '../../core/key.js';
import type {Plan, PlannedCheck, PlannedStage} from '../../core/plan.js';
import {positionOf} from '../../recipe/read/source.js';
import type {Check, Recipe, Stage} from '../../recipe/recipe.js';
import {fingerprintModule} from './fingerprint.js';

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
    seed: definition.drawsRandom ? seed : null,
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

/** Params without those that only change what is shown (`x-cache: false`). */
function cachedParams(stage: Stage): Record<string, unknown> {
  const schemas = stage.node.definition.params.properties;
  return Object.fromEntries(Object.entries(stage.params).filter(([name]) => schemas[name]?.['x-cache'] !== false));
}

function planCheck({span, ...check}: Check): PlannedCheck {
  const {line, column, text} = positionOf(span.source, span.start);
  return {...check, place: {file: span.source.name, line, column, length: Math.max(1, span.end - span.start), text}};
}
