import {canonicalJson} from '../core/canonical-json.js';
import type {MetricPoint} from '../core/events.js';
import type {Curves} from '../core/ports.js';
import {panelsOf} from './curves.js';
import {lastMetrics, type RunSummary, type StageState} from './run-state.js';

/** A run that is compared: its name in tables, and what it did. */
export interface ComparedRun {
  readonly id: string;
  /** The recipe's name where no other run has it, else the run's. */
  readonly label: string;
  readonly run: RunSummary;
  readonly stages: readonly ComparedStage[];
}

/** A stage under the name that it has in the comparison. */
export interface ComparedStage extends StageState {
  readonly role: string;
}

/** A row of a table: a value a run, absent where a run has none. */
export interface ComparedRow<T> {
  readonly name: string;
  readonly values: readonly (T | undefined)[];
}

export interface Comparison {
  readonly runs: readonly ComparedRun[];
  /** Params of the recipes and the seed, and params of stages that several runs have: those of which not all have the same. */
  readonly params: readonly ComparedRow<unknown>[];
  /** Last values, by `stage.metric`. */
  readonly metrics: readonly ComparedRow<number>[];
}

/**
 * Sets runs against each other, the first being what the others are held against; recipes may differ. Stages belong together that have one
 * name; or one type, when no run has two of it: `mlp` and `lenet` are both the `classifier` of their runs.
 */
export function compareRuns(given: readonly {readonly id: string; readonly run: RunSummary}[]): Comparison {
  const recipes = given.map(({run}) => run.started.recipe.name);
  const shared = given.flatMap(({run}) => run.stages.map(({name}) => name)).filter((name, at, all) => all.indexOf(name) !== at);
  const twice = new Set(
    given.flatMap(({run}) => run.stages.map(({use}) => use).filter((use, at, all) => all.indexOf(use) !== at)),
  );
  const roleOf = ({name, use}: StageState): string =>
    twice.has(use) || shared.includes(name) ? name : (use.split('/').at(-1) ?? name);
  const runs = given.map(({id, run}, at) => ({
    id,
    run,
    label: recipes.filter((name) => name === recipes[at]).length === 1 ? (recipes[at] ?? id) : id,
    stages: run.stages.map((stage) => ({...stage, role: roleOf(stage)})),
  }));
  const recipeParams = rowsOf(runs.map(({run: {started}}) => ({...started.recipe.params, seed: started.recipe.seed})));
  const params = [
    ...recipeParams.filter(({values}) => areSeveral(values.map((value) => value ?? null))),
    ...stageParams(runs).filter(({values}) => areSeveral(values.filter((value) => value !== undefined))),
  ];
  return {
    runs,
    params,
    metrics: rowsOf(runs.map(({stages}) => lastMetrics(stages.map(({role, metrics}) => ({name: role, metrics}))))),
  };
}

const areSeveral = (values: readonly unknown[]): boolean => new Set(values.map((value) => canonicalJson(value ?? null))).size > 1;

/** A row for each name that any run has, in order of their first run. */
function rowsOf<T>(columns: readonly Readonly<Record<string, T>>[]): ComparedRow<T>[] {
  const names = [...new Set(columns.flatMap((column) => Object.keys(column)))];
  return names.map((name) => ({name, values: columns.map((column) => column[name])}));
}

/** By `stage.param`; null where the stage is there without the param, absent where there is no such stage. */
function stageParams(runs: readonly ComparedRun[]): ComparedRow<unknown>[] {
  const byRole = runs.map(({run: {started}, stages}) => {
    const roles = new Map(stages.map(({name, role}) => [name, role]));
    return new Map(started.stages.map(({name, with: params}) => [roles.get(name) ?? name, params]));
  });
  const roles = [...new Set(byRole.flatMap((stages) => [...stages.keys()]))];
  return roles.flatMap((role) => {
    const columns = byRole.map((stages) => stages.get(role));
    return rowsOf(columns.map((params) => params ?? {})).map(({name, values}) => ({
      name: `${role}.${name}`,
      values: values.map((value, at) => (columns[at] ? (value ?? null) : undefined)),
    }));
  });
}

/** Difference of a value from the one it is compared with; `undefined` for what has no other, or is the same. */
export const deltaOf = (value: number | undefined, first: number | undefined): number | undefined =>
  value === undefined || first === undefined || Object.is(value, first) ? undefined : value - first;

/** Every figure that was reported more than once, by its name: a series a run, or a stage of a run where several of it have curves. */
export function overlaidCurves({runs}: Comparison): Curves['panels'] {
  const panels = runs.flatMap(({label, stages}) => {
    const drawn = stages.filter(({metrics}) => panelsOf(metrics.map(plain), 'step').length > 0);
    return drawn.flatMap(({name, metrics}) =>
      panelsOf(metrics.map(plain), 'step', drawn.length > 1 ? `${label} · ${name}` : label).map((panel) => ({
        ...panel,
        title: panel.title.replace(mark, prefix),
      })),
    );
  });
  const titles = [...new Set(panels.map(({title}) => title))];
  return titles.map((title) => ({
    title,
    xLabel: 'step',
    series: panels.filter((panel) => panel.title === title).flatMap(({series}) => series),
  }));
}

/** A chart of one run has `validation/x` beside `x`; here it is a figure of its own. */
const prefix = 'validation/';
const mark = 'validation\u0000';

const plain = (point: MetricPoint): MetricPoint => ({
  ...point,
  values: Object.fromEntries(Object.entries(point.values).map(([name, value]) => [name.replace(prefix, mark), value])),
});
