import type {Plan} from '../core/plan.js';
import type {Store} from '../core/store.js';
import {type Invocation, type Option, texts, UsageError} from './command.js';

/** Options of the verbs that run or plan part of a recipe. */
export const selectionOptions = {
  only: {type: 'string', multiple: true, value: 'STAGE', description: 'run this stage alone, on cached inputs (repeatable)'},
  from: {type: 'string', multiple: true, value: 'STAGE', description: 'run this stage and what depends on it (repeatable)'},
  until: {type: 'string', multiple: true, value: 'STAGE', description: 'run this stage and what it needs (repeatable)'},
  force: {type: 'string', multiple: true, value: 'STAGE', description: 'compute this stage anew, cached or not (repeatable)'},
} satisfies Readonly<Record<string, Option>>;

/** The part of a plan that the command line asks for; a `UsageError` when it names no stage, or needs results that are not there. */
export async function selectedPlan(plan: Plan, store: Store, invocation: Invocation): Promise<Plan> {
  const [only, from, until, force] = (['only', 'from', 'until', 'force'] as const).map((name) => texts(invocation, name)) as [
    readonly string[],
    readonly string[],
    readonly string[],
    readonly string[],
  ];
  if (only.length + from.length + until.length + force.length === 0) return plan;
  if (only.length > 0 && from.length + until.length > 0)
    throw new UsageError('Expected --only, or --from and --until, got both', '--only runs nothing but the stages it names.');
  const names = plan.stages.map(({name}) => name);
  for (const name of [...only, ...from, ...until, ...force]) await knownStage(name, names, `\`${plan.recipe.name}\``);

  const {selectStages} = await import('../runner/plan/selection.js');
  const {plan: selected, given} = selectStages(plan, {only, from, until, force});
  const missed = force.find((name) => given.has(name) || !selected.stages.some((stage) => stage.name === name));
  if (missed !== undefined)
    throw new UsageError(`Expected --force to name a stage that runs, got \`${missed}\`, which the other options leave out`);
  if (selected.stages.length === given.size)
    throw new UsageError(`Expected a stage between --from ${from.join(', ')} and --until ${until.join(', ')}, found none`);
  if (given.size > 0) await requireCached(selected, given, store);
  return selected;
}

/** Throws a `UsageError` with the nearest name when `name` is not one of `names`; `of` says whose they are. */
export async function knownStage(name: string, names: readonly string[], of: string): Promise<void> {
  if (names.includes(name)) return;
  const {suggest, quote} = await import('../recipe/wording.js');
  throw new UsageError(`Expected a stage of ${of}, got ${quote(name)}`, suggest(name, names, 'There are'));
}

async function requireCached(plan: Plan, given: ReadonlySet<string>, store: Store): Promise<void> {
  const {previewPlan} = await import('../runner/plan/preview.js');
  for (const preview of await previewPlan(plan, store)) {
    if (!given.has(preview.stage) || preview.status === 'cached') continue;
    const why = preview.status === 'run' ? preview.reason : `it follows ${preview.on.map((name) => `\`${name}\``).join(', ')}`;
    throw new UsageError(
      `Expected \`${preview.stage}\`, whose result is needed, to be cached, but it would run: ${why}`,
      `Add it to the stages that run, or first: pipeline run ${plan.recipe.path} --until ${preview.stage}`,
    );
  }
}
