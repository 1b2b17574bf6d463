import type {Digest} from '../../core/digest.js';
import type {Outcome} from '../../core/events.js';
import type {Plan} from '../../core/plan.js';
import type {StageRecord, Store} from '../../core/store.js';
import type {TensorChange} from '../../history/compare-results.js';
import {selectStages} from '../../runner/plan/selection.js';
import {carryOut, sameDigests} from '../../session/carry-out.js';
import type {Project} from '../../session/project.js';
import {Session} from '../../session/session.js';
import {type Command, flag, text, UsageError} from '../command.js';
import {pastRunOptions} from '../edge.js';
import {projectOf, recipeOptions, refused} from '../project.js';
import {planOfRecipeOrLatest} from '../recipe-or-latest.js';
import {knownStage} from '../selection.js';
import {style} from '../view/style.js';
import {terminalView, type ViewOptions} from '../view/terminal.js';

export const command: Command = {
  name: 'verify',
  summary: 'Computes a stage twice and records whether it is deterministic; a later hit of one that is not says so.',
  usage: 'verify [RECIPE] --rerun STAGE [options]          RECIPE: that of the last run',
  options: {
    rerun: {type: 'string', value: 'STAGE', description: 'the stage; a cached result counts as the first time'},
    ...recipeOptions,
    runs: pastRunOptions.runs,
    json: {type: 'boolean', description: 'print the outcome as JSON'},
  },
  examples: ['pipeline verify --rerun codes', 'pipeline verify pipelines/aae-supervised.yaml --rerun aae --set epochs=2'],
  run: async (invocation) => {
    const stage = text(invocation, 'rerun');
    const [recipe, second] = invocation.positionals;
    if (stage === undefined || second !== undefined)
      throw new UsageError('Expected --rerun STAGE, and perhaps a recipe', 'Such as: pipeline verify --rerun codes');
    const project = projectOf(invocation);
    const plan = await planOfRecipeOrLatest(project, invocation, recipe, 'verify --rerun STAGE');
    if (!plan) return 2;
    await knownStage(
      stage,
      plan.stages.map(({name}) => name),
      `\`${plan.recipe.name}\``,
    );
    const json = flag(invocation, 'json');
    const computed = await computeTwice(project, plan, stage, {quiet: json});
    if (computed.status === 'stopped') return computed.outcome === 'interrupted' ? 130 : 1;
    const store = await project.store();
    const {first, again} = computed;
    const deterministic = sameDigests(digestsOf(first), digestsOf(again));
    // the first result stays: others may have been made of it
    await store.commit({...first, computed: {...first.computed, deterministic}}, {replace: true});
    const {compareRecords} = await import('../../history/compare-results.js');
    const changes = deterministic
      ? []
      : (await compareRecords(first, again, store, store)).filter((each) => !each.comparison.same);
    if (json) process.stdout.write(`${JSON.stringify({stage, deterministic, changes})}\n`);
    else process.stdout.write(await describe(stage, deterministic, changes));
    return deterministic ? 0 : 3;
  },
};

type ComputedTwice =
  | {readonly status: 'computed'; readonly first: StageRecord; readonly again: StageRecord}
  | {readonly status: 'stopped'; readonly outcome: Outcome};

/** The stage's result, from the cache or not, and the result of computing it again. */
async function computeTwice(project: Project, plan: Plan, stage: string, view: ViewOptions): Promise<ComputedTwice> {
  const session = await Session.open(project);
  try {
    const records: StageRecord[] = [];
    for (const force of [[], [stage]]) {
      const {plan: selected} = selectStages(plan, {only: [], from: [], until: [stage], force});
      const ran = await carryOut(
        session,
        {...selected, checks: []},
        {runId: `verify-${records.length}`, view: terminalView(view)},
      );
      if (ran.status === 'refused') throw refused(ran.finding);
      if (ran.outcome !== 'done') return {status: 'stopped', outcome: ran.outcome};
      records.push(await recordOf(session.store, ran.results.get(stage)?.key as Digest));
    }
    const [first, again] = records as [StageRecord, StageRecord];
    return {status: 'computed', first, again};
  } finally {
    await session.close();
  }
}

async function recordOf(store: Store, key: Digest): Promise<StageRecord> {
  const found = await store.lookup(key);
  if (found.status === 'miss') throw new Error(`the result of a run that is done is gone: ${found.fault}`);
  return found.record;
}

const digestsOf = ({outputs}: StageRecord): Readonly<Record<string, Digest>> =>
  Object.fromEntries(Object.entries(outputs).map(([port, {digest}]) => [port, digest]));

async function describe(stage: string, deterministic: boolean, changes: readonly TensorChange[]): Promise<string> {
  if (deterministic) return `\n${style.green('deterministic')} · \`${stage}\` gave the same bytes twice\n`;
  const {describeTensors} = await import('./diff.js');
  return `\n${style.red('not deterministic')} · \`${stage}\` gave other bytes the second time; the first result stays\n${describeTensors(changes)}`;
}
