import {join, resolve} from 'node:path';
import type {Plan} from '../../core/plan.js';
import {readJournal} from '../../history/journal.js';
import {type ListedRun, listRuns} from '../../history/run-list.js';
import {type Preview, previewPlan} from '../../runner/plan/preview.js';
import {formatSeconds} from '../../util/format.js';
import {type Command, flag, runsFolder, UsageError} from '../command.js';
import {pastRunOptions} from '../edge.js';
import {projectOf, recipeOptions} from '../project.js';
import {planOfRecipeOrLatest} from '../recipe-or-latest.js';
import {style} from '../view/style.js';
import {formatTime, table} from '../view/table.js';
import {describeStage} from './plan.js';

export const command: Command = {
  name: 'status',
  summary: 'Says which stages of a recipe are up to date, and how its last run ended.',
  usage: 'status [RECIPE] [options]          RECIPE: that of the last run',
  options: {...recipeOptions, runs: pastRunOptions.runs, json: {type: 'boolean', description: 'print it as JSON'}},
  examples: ['pipeline status', 'pipeline status pipelines/aae-supervised.yaml'],
  run: async (invocation) => {
    const [recipe, second] = invocation.positionals;
    if (second !== undefined) throw new UsageError(`Expected one recipe, got \`${recipe}\` and \`${second}\``);
    const project = projectOf(invocation);
    const plan = await planOfRecipeOrLatest(project, invocation, recipe, 'status');
    if (!plan) return 2;
    const previews = await previewPlan(plan, await project.store());
    const last = await lastRun(plan, runsFolder(invocation));
    process.stdout.write(
      flag(invocation, 'json')
        ? `${JSON.stringify({recipe: plan.recipe.path, last, stages: previews})}\n`
        : describe(plan, last, previews),
    );
    return 0;
  },
};

interface LastRun extends ListedRun {
  /** Failures by stage. */
  readonly failures: Readonly<Record<string, string>>;
}

/** The newest run of the recipe's file. */
async function lastRun({recipe}: Plan, folder: string): Promise<LastRun | undefined> {
  for (const run of (await listRuns(folder)).toReversed()) {
    if (run.recipe !== recipe.name) continue;
    const events = await readJournal(join(folder, run.id, 'events.ndjson'));
    const started = events.find((event) => event.type === 'run-started');
    if (!started || resolve(started.recipe.path) !== resolve(recipe.path)) continue;
    const failed = events.flatMap((event) => (event.type === 'stage-failed' ? [[event.stage, event.message] as const] : []));
    return {...run, failures: Object.fromEntries(failed)};
  }
  return undefined;
}

function describe({recipe}: Plan, last: LastRun | undefined, previews: readonly Preview[]): string {
  const ended = last?.status === 'unfinished' ? 'unfinished: it was killed' : last?.status;
  const took = last?.seconds === undefined ? '' : ` after ${formatSeconds(last.seconds)}`;
  const run = last ? `last run ${last.id} (${formatTime(last.at)}): ${ended}${took}` : 'never run';
  const failures = Object.entries(last?.failures ?? {}).map(([stage, message]) => `${style.red('✗')} ${stage}: ${message}\n`);
  const rows = previews.map((preview) => {
    const [mark, what] = describeStage(preview);
    return [`${mark} ${preview.stage}`, style.dim(preview.use), what];
  });
  const cached = previews.filter(({status}) => status === 'cached').length;
  const total =
    cached === previews.length ? `all ${cached} stages are up to date` : `${cached} of ${previews.length} stages are up to date`;
  return `${style.bold(recipe.name)} · ${run}\n${failures.join('')}${table(['', '', ''], rows).replace(/^.*\n/, '')}\n${total}\n`;
}
