import {writeFile} from 'node:fs/promises';
import {availableParallelism, hostname} from 'node:os';
import {join} from 'node:path';
import type {Outcome, RunEvent, RunListener} from '../../core/events.js';
import type {Plan} from '../../core/plan.js';
import type {Store} from '../../core/store.js';
import {localExecutor} from '../../executors/local/executor.js';
import {journal} from '../../history/journal.js';
import {artifactLinks, createRunFolder} from '../../history/run-folder.js';
import {reportWriter} from '../../report/report-writer.js';
import {runPlan} from '../../runner/run/run.js';
import {watchSystem} from '../../runner/run/system-metrics.js';
import {gitCommit, gitDirty} from '../../session/git.js';
import {planRecipe, recipeOptions, storeFolder} from '../../session/project.js';
import {openStore} from '../../stores/open.js';
import {gpuCount, locateTensorflow, tensorflowEnvironment} from '../../tensor/setup/locate.js';
import {openTracking} from '../../trackers/open.js';
import {processName} from '../../util/process-name.js';
import {runsPlace, StoreUnusable} from '../../util/unusable.js';
import {type Command, type Invocation, text, wholeNumber} from '../command.js';
import {selectedPlan, selectionOptions} from '../selection.js';
import {terminalView, viewOptions} from '../view/terminal.js';

/** What of a run's command line a later one takes over: what says which results are wanted. */
const kept = ['set', 'params', 'only', 'from', 'until', 'cpu', 'store', 'jobs', 'keep-going'] as const;

/** How long stages may take to write a checkpoint after Ctrl-C. */
const graceMilliseconds = 10_000;

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
    mlflow: {type: 'string', value: 'URL', description: 'MLflow server to log to (default: MLFLOW_TRACKING_URI)'},
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
    // git looks while the plan is made
    const dirty = gitDirty();
    const slots = wholeNumber(invocation, 'jobs', 1) ?? availableParallelism();
    const wanted = await planRecipe(invocation, 'run');
    if (!wanted) return 2;
    const store = await openStore(storeFolder(invocation));
    const plan = await preparedPlan(await selectedPlan(wanted, store, invocation), store, invocation);
    if (!plan) return 2;
    const located = await locateTensorflow({cpu: invocation.values['cpu'] === true});
    const executor = localExecutor({
      workerModule: new URL('../../worker.js', import.meta.url),
      storeFolder: storeFolder(invocation),
      slots,
      gpus: gpuCount(located),
      environment: tensorflowEnvironment(located),
    });
    try {
      const outcome = await tracked(plan, store, invocation, dirty, (emit, signal) =>
        runPlan(plan, {
          ...{store, executor, emit, signal, graceMilliseconds},
          keepGoing: invocation.values['keep-going'] === true,
        }),
      ).catch((error: unknown) => {
        throw StoreUnusable.from(error, text(invocation, 'runs') ?? 'runs', runsPlace);
      });
      return {done: 0, failed: 1, 'check-failed': 3, interrupted: 130}[outcome];
    } finally {
      await executor.close();
    }
  },
};

/** The plan, with TensorFlow prepared when a stage will need it; a plan for another backend when it cannot be. */
async function preparedPlan(plan: Plan, store: Store, invocation: Invocation): Promise<Plan | undefined> {
  const cpu = invocation.values['cpu'] === true;
  const wanting = new Set(plan.stages.filter(({fields}) => fields.numerics?.backend === 'tensorflow').map(({name}) => name));
  if (wanting.size === 0 || (await locateTensorflow({cpu})).status === 'ready') return plan;
  const {previewPlan} = await import('../../runner/plan/preview.js');
  const previews = await previewPlan(plan, store);
  if (!previews.some(({status, stage}) => status !== 'cached' && wanting.has(stage))) return plan;
  const {prepareWithProgress} = await import('./setup.js');
  const fallback = await prepareWithProgress({cpu});
  if (!fallback) return plan;
  const other = await planRecipe(invocation, 'run', fallback);
  return other && (await selectedPlan(other, store, invocation));
}

/** Runs with every listener attached: terminal, journal, links, MLflow, report. */
async function tracked(
  plan: Plan,
  store: Store,
  invocation: Invocation,
  dirty: Promise<boolean | undefined>,
  run: (emit: RunListener, signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const {recipe} = plan;
  const began = Date.now();
  const clock = performance.now();
  const folder = await createRunFolder(text(invocation, 'runs') ?? 'runs', recipe, new Date(began));
  // what `pipeline reproduce` and `pipeline resume` run again
  await writeFile(join(folder.path, 'plan.json'), JSON.stringify(plan));
  await writeFile(join(folder.path, 'command.json'), resumable(invocation));
  const view = terminalView(viewOptions(invocation));
  const links = artifactLinks(folder.path, store);
  const log = journal(join(folder.path, 'events.ndjson'));
  const ui = invocation.values['ui'] === true;
  const mlflow = ui ? await (await import('./mlflow.js')).uiServer(invocation, view.notice) : text(invocation, 'mlflow');
  const tracking = await openTracking({
    ...(mlflow !== undefined && {uri: mlflow}),
    runFolder: folder.path,
    store,
    onNotice: view.notice,
  });
  const report = reportWriter(folder.path, plan, store);
  const listeners = [log.listener, view.listener, links.listener, report.listener, ...tracking.listeners];
  const cancellation = new AbortController();
  const broken: unknown[] = [];
  const emit = (event: RunEvent): void => {
    if (broken.length > 0) return;
    try {
      for (const listener of listeners) listener(event);
    } catch (error) {
      // a run without a journal, on a full disk say, stops as by Ctrl-C: what is done stays
      broken.push(error);
      cancellation.abort();
    }
  };
  const restore = onInterrupt(cancellation, view.notice);
  emit(await runStarted(plan, folder.id, began, await dirty));
  const unwatch = watchSystem(emit);
  let outcome: Outcome = 'failed';
  let page = '';
  try {
    outcome = await run(emit, cancellation.signal);
  } finally {
    restore();
    unwatch();
    emit({type: 'run-finished', time: Date.now(), outcome, seconds: (performance.now() - clock) / 1000});
    log.close();
    await links.close().catch((error: unknown) => void broken.push(error));
    if (broken.length > 0) view.close();
    else page = await report.close();
  }
  if (broken.length > 0) throw broken[0];
  view.summary({outcome, report: page, folder: folder.path, tracking: await tracking.close()});
  return outcome;
}

/** The event that begins a run. */
export async function runStarted(plan: Plan, runId: string, time: number, dirty?: boolean): Promise<RunEvent> {
  const {recipe} = plan;
  const numerics = plan.stages.find((planned) => planned.fields.numerics)?.fields.numerics;
  const [commit, name] = await Promise.all([gitCommit(), processName()]);
  return {
    type: 'run-started',
    version: 2,
    time,
    runId,
    recipe: {name: recipe.name, path: recipe.path, seed: recipe.seed, params: recipe.params},
    stages: plan.stages.map(({name, use, params, after, register}) => ({
      name,
      use,
      with: params,
      after,
      ...(register && {register}),
    })),
    environment: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      processors: String(availableParallelism()),
      ...(numerics && {backend: `${numerics.backend} ${numerics.version} (${numerics.device})`}),
      host: hostname(),
      ...(commit && {commit}),
      ...(commit && dirty !== undefined && {dirty: String(dirty)}),
    },
    process: name,
  };
}

/** Ctrl-C once asks the stages to stop after a checkpoint; twice stops now. */
export function onInterrupt(cancellation: AbortController, notice: (text: string) => void): () => void {
  const stop = (): void => {
    if (cancellation.signal.aborted) process.exit(130);
    notice('stopping after a checkpoint; press Ctrl-C again to stop now');
    cancellation.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
}

/** What `pipeline resume` needs of a command line, as JSON; no address, since that may hold a password. */
function resumable({positionals, values}: Invocation): string {
  const taken = kept.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]]));
  return JSON.stringify({positionals, values: Object.fromEntries(taken)});
}
