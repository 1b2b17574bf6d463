import {availableParallelism} from 'node:os';
import type {Plan} from '../../core/plan.js';
import type {Project} from '../../session/project.js';
import {recordRun} from '../../session/record-run.js';
import {Session, withoutCached} from '../../session/session.js';
import {type Command, flag, type Invocation, runsFolder, wholeNumber} from '../command.js';
import {oneRecipe, planShown, projectOf, recipeOptions, refused} from '../project.js';
import {selectedPlan, selectionOptions} from '../selection.js';
import {trackerAddresses, trackerOptions} from '../tracker-options.js';
import {terminalView, viewOptions} from '../view/terminal.js';

/** Options that `pipeline resume` repeats: those that say which results are wanted. */
const kept = ['set', 'params', 'only', 'from', 'until', 'cpu', 'store', 'jobs', 'keep-going'] as const;

export const command: Command = {
  name: 'run',
  summary: 'Runs a recipe. Stages whose inputs, params and code have not changed come from the cache.',
  usage: 'run RECIPE [options]',
  options: {
    ...recipeOptions,
    ...selectionOptions,
    jobs: {type: 'string', short: 'j', value: 'N', description: 'stages at the same time (default: one a processor)'},
    'keep-going': {type: 'boolean', short: 'k', description: 'when a stage fails, still begin those that do not need it'},
    runs: {type: 'string', value: 'FOLDER', default: 'runs', description: 'where the folder of the run is made'},
    ...trackerOptions(' to log to'),
    ui: {type: 'boolean', description: 'show the run in MLflow: opens its page, starts a server when none is set'},
    json: {type: 'boolean', description: 'print every event as a line of JSON'},
    quiet: {type: 'boolean', short: 'q', description: 'print nothing but failures'},
    verbose: {
      type: 'boolean',
      short: 'v',
      description: 'print more: metrics of every epoch, results with digests, whole logs of failures',
    },
  },
  examples: [
    'pipeline run pipelines/aae-supervised.yaml',
    'pipeline run pipelines/aae-supervised.yaml --set epochs=5 --set latent=4',
    'pipeline run pipelines/aae-supervised.yaml --until codes',
    'pipeline run pipelines/aae-supervised.yaml --only map --force map',
    'pipeline run pipelines/aae-supervised.yaml --mlflow http://127.0.0.1:5000',
  ],
  run: async (invocation) => {
    const project = projectOf(invocation, {recorded: true});
    const view = terminalView(viewOptions(invocation));
    const slots = wholeNumber(invocation, 'jobs', 1) ?? availableParallelism();
    const plan = await preparedPlan(project, invocation);
    if (!plan) return 2;
    const session = await Session.open(project, {slots});
    try {
      const ui = flag(invocation, 'ui');
      const recorded = await recordRun(session, plan, {
        ...{runs: runsFolder(invocation), command: resumable(invocation), view, dirty: project.dirty},
        trackers: {
          ...trackerAddresses(invocation),
          ...(ui && (await (await import('./mlflow.js')).uiServer(invocation, view.notice))),
        },
        keepGoing: flag(invocation, 'keep-going'),
      });
      if (recorded.status === 'refused') throw refused(recorded.finding);
      view.summary(recorded);
      return {done: 0, failed: 1, 'check-failed': 3, interrupted: 130}[recorded.outcome];
    } finally {
      await session.close();
    }
  },
};

/** The plan that was asked for, with TensorFlow prepared when a stage will need it; a plan for another backend when it cannot be. */
async function preparedPlan(project: Project, invocation: Invocation): Promise<Plan | undefined> {
  const path = oneRecipe(invocation, 'run');
  const whole = await planShown(project, path);
  if (!whole) return undefined;
  const plan = await selectedPlan(whole, await project.store(), invocation);
  if (!(await lacksTensorflow(project, plan))) return plan;
  const {prepareWithProgress} = await import('./setup.js');
  const fallback = await prepareWithProgress(project);
  if (!fallback) return plan;
  const other = await planShown(project, path, fallback);
  return other && (await selectedPlan(other, await project.store(), invocation));
}

/** True when a stage that would run needs TensorFlow, which is not ready. */
async function lacksTensorflow(project: Project, plan: Plan): Promise<boolean> {
  const needing = ({stages}: Plan): boolean => stages.some(({fields}) => fields.numerics?.backend === 'tensorflow');
  if (!needing(plan) || (await project.tensorflow()).status === 'ready') return false;
  return needing(await withoutCached(plan, await project.store()));
}

/** The options that `pipeline resume` repeats; no address, since that may hold a password. */
function resumable({positionals, values}: Invocation): object {
  const taken = kept.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]]));
  return {positionals, values: Object.fromEntries(taken)};
}
