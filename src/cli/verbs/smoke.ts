import {mkdtemp, rm} from 'node:fs/promises';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Numerics} from '../../core/key.js';
import type {Plan} from '../../core/plan.js';
import {localExecutor} from '../../executors/local/executor.js';
import {makePlan} from '../../runner/plan/plan.js';
import {type Smoke, smokeRecipe} from '../../runner/plan/smoke.js';
import {runPlan} from '../../runner/run/run.js';
import {loadOne, numericsFor, recipeOptions} from '../../session/project.js';
import {openStore} from '../../stores/open.js';
import {gpuCount, locateTensorflow, tensorflowEnvironment} from '../../tensor/setup/locate.js';
import {formatSeconds} from '../../util/format.js';
import {type Command, type Invocation, UsageError} from '../command.js';
import {style} from '../view/style.js';
import {terminalView} from '../view/terminal.js';
import {onInterrupt, runStarted} from './run.js';

export const command: Command = {
  name: 'smoke',
  summary: 'Runs all of a recipe in seconds on made-up data: every stage, one step of each training. Keeps nothing.',
  usage: 'smoke RECIPE [options]',
  options: {set: recipeOptions.set, params: recipeOptions.params, cpu: recipeOptions.cpu},
  examples: ['pipeline smoke pipelines/aae-supervised.yaml', 'pipeline smoke pipelines/aae-supervised.yaml --set latent=2'],
  run: async (invocation) => {
    const recipe = await loadOne(invocation, 'smoke');
    if (!recipe) return 2;
    const smoke = smokeRecipe(recipe);
    if (smoke.status === 'refused')
      throw new UsageError(`Expected \`${smoke.stage}\` to accept a short run on made-up data, got: ${smoke.message}`);
    const plan = await makePlan(smoke.recipe, await preparedNumerics(smoke, invocation));
    const folder = await mkdtemp(join(tmpdir(), 'tfpipe-smoke-'));
    try {
      return await runSmoke(plan, smoke, folder, invocation);
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  },
};

/** What does the arithmetic, made ready when a stage needs it. */
async function preparedNumerics({recipe}: Smoke, invocation: Invocation): Promise<Numerics> {
  const numerics = await numericsFor(recipe, invocation);
  const cpu = invocation.values['cpu'] === true;
  const needed = numerics.backend === 'tensorflow' && recipe.stages.some(({node}) => node.definition.usesTensors);
  if (!needed || (await locateTensorflow({cpu})).status === 'ready') return numerics;
  const {prepareWithProgress} = await import('./setup.js');
  return (await prepareWithProgress({cpu})) ?? (await numericsFor(recipe, invocation));
}

async function runSmoke(plan: Plan, {examples}: Smoke, folder: string, invocation: Invocation): Promise<number> {
  const view = terminalView({});
  const located = await locateTensorflow({cpu: invocation.values['cpu'] === true});
  const executor = localExecutor({
    workerModule: new URL('../../worker.js', import.meta.url),
    storeFolder: folder,
    slots: availableParallelism(),
    gpus: gpuCount(located),
    environment: tensorflowEnvironment(located),
  });
  const cancellation = new AbortController();
  const restore = onInterrupt(cancellation, view.notice);
  const began = Date.now();
  try {
    view.listener(await runStarted(plan, 'smoke', began));
    const store = await openStore(folder);
    const {signal} = cancellation;
    const outcome = await runPlan(plan, {store, executor, emit: view.listener, signal, graceMilliseconds: 1000});
    view.close();
    const ends = {
      done: [style.green('smoke passed'), 0],
      failed: [style.red('smoke failed'), 1],
      interrupted: [style.yellow('interrupted'), 130],
    } as const;
    // a smoke run has no checks
    const [word, code] = ends[outcome === 'check-failed' ? 'failed' : outcome];
    const made = `made-up data of at most ${examples} examples a split`;
    process.stdout.write(`\n${word} · ${plan.stages.length} stages in ${formatSeconds((Date.now() - began) / 1000)} · ${made}\n`);
    return code;
  } finally {
    restore();
    await executor.close();
  }
}
