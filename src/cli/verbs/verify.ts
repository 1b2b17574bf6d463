import type {Digest} from '../../core/digest.js';
import type {StageRecord, Store} from '../../core/store.js';
import type {TensorChange} from '../../history/compare-results.js';
import {selectStages} from '../../runner/plan/selection.js';
import {carryOut, sameDigests} from '../../session/carry-out.js';
import {recipeOptions, storeFolder} from '../../session/project.js';
import {openStore} from '../../stores/open.js';
import {type Command, text, UsageError} from '../command.js';
import {pastRunOptions} from '../edge.js';
import {planOfRecipeOrLatest} from '../recipe-or-latest.js';
import {knownStage} from '../selection.js';
import {style} from '../view/style.js';

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
    const plan = await planOfRecipeOrLatest(invocation, recipe, 'verify --rerun STAGE');
    if (!plan) return 2;
    await knownStage(
      stage,
      plan.stages.map(({name}) => name),
      `\`${plan.recipe.name}\``,
    );
    const store = await openStore(storeFolder(invocation));
    const select = (force: readonly string[]) => ({
      ...selectStages(plan, {only: [], from: [], until: [stage], force}).plan,
      checks: [],
    });
    const records: StageRecord[] = [];
    for (const force of [[], [stage]]) {
      const {outcome, results} = await carryOut(select(force), storeFolder(invocation), invocation);
      if (outcome !== 'done') return outcome === 'interrupted' ? 130 : 1;
      records.push(await recordOf(store, results.get(stage)?.key as Digest));
    }
    const [first, again] = records as [StageRecord, StageRecord];
    const deterministic = sameDigests(digestsOf(first), digestsOf(again));
    // the first result stays: others may have been made of it
    await store.commit({...first, computed: {...first.computed, deterministic}}, {replace: true});
    const {compareRecords} = await import('../../history/compare-results.js');
    const changes = deterministic
      ? []
      : (await compareRecords(first, again, store, store)).filter((each) => !each.comparison.same);
    if (invocation.values['json'] === true) process.stdout.write(`${JSON.stringify({stage, deterministic, changes})}\n`);
    else process.stdout.write(await describe(stage, deterministic, changes));
    return deterministic ? 0 : 3;
  },
};

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
