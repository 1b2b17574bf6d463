import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Numerics} from '../../core/key.js';
import type {Plan} from '../../core/plan.js';
import {makePlan} from '../../runner/plan/plan.js';
import {type Smoke, smokeRecipe} from '../../runner/plan/smoke.js';
import {carryOut} from '../../session/carry-out.js';
import type {Project} from '../../session/project.js';
import {Session} from '../../session/session.js';
import {formatSeconds} from '../../util/format.js';
import {type Command, UsageError} from '../command.js';
import {oneRecipe, projectOf, recipeOptions, recipeShown, refused} from '../project.js';
import {style} from '../view/style.js';
import {terminalView} from '../view/terminal.js';

export const command: Command = {
  name: 'smoke',
  summary: 'Runs all of a recipe in seconds on made-up data: every stage, one step of each training. Keeps nothing.',
  usage: 'smoke RECIPE [options]',
  options: {set: recipeOptions.set, params: recipeOptions.params, cpu: recipeOptions.cpu},
  examples: ['pipeline smoke pipelines/aae-supervised.yaml', 'pipeline smoke pipelines/aae-supervised.yaml --set latent=2'],
  run: async (invocation) => {
    const project = projectOf(invocation);
    const recipe = await recipeShown(project, oneRecipe(invocation, 'smoke'));
    if (!recipe) return 2;
    const smoke = smokeRecipe(recipe);
    if (smoke.status === 'refused')
      throw new UsageError(`Expected \`${smoke.stage}\` to accept a short run on made-up data, got: ${smoke.message}`);
    const plan = await makePlan(smoke.recipe, await preparedNumerics(smoke, project));
    const folder = await mkdtemp(join(tmpdir(), 'tfpipe-smoke-'));
    try {
      return await runSmoke(plan, smoke, folder, project);
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  },
};

/** The arithmetic of a smoke run, prepared when a stage needs it. */
async function preparedNumerics({recipe}: Smoke, project: Project): Promise<Numerics> {
  const numerics = await project.numericsFor(recipe);
  const needed = numerics.backend === 'tensorflow' && recipe.stages.some(({node}) => node.definition.usesTensors);
  if (!needed || (await project.tensorflow()).status === 'ready') return numerics;
  const {prepareWithProgress} = await import('./setup.js');
  return (await prepareWithProgress(project)) ?? (await project.numericsFor(recipe));
}

async function runSmoke(plan: Plan, {examples}: Smoke, store: string, project: Project): Promise<number> {
  const session = await Session.open(project, {store});
  const began = Date.now();
  try {
    const ran = await carryOut(session, plan, {runId: 'smoke', view: terminalView({}), graceMilliseconds: 1000});
    if (ran.status === 'refused') throw refused(ran.finding);
    const ends = {
      done: [style.green('smoke passed'), 0],
      failed: [style.red('smoke failed'), 1],
      interrupted: [style.yellow('interrupted'), 130],
    } as const;
    // a smoke run has no checks
    const [word, code] = ends[ran.outcome === 'check-failed' ? 'failed' : ran.outcome];
    const made = `made-up data of at most ${examples} examples a split`;
    process.stdout.write(`\n${word} · ${plan.stages.length} stages in ${formatSeconds((Date.now() - began) / 1000)} · ${made}\n`);
    return code;
  } finally {
    await session.close();
  }
}
