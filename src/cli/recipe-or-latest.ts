import type {Plan} from '../core/plan.js';
import {findRun} from '../history/past-run.js';
import type {Project} from '../session/project.js';
import {type Invocation, UsageError} from './command.js';
import {planShown} from './project.js';

/** The plan of the recipe that is named, or else of the last run's; `undefined` after diagnostics have been printed. */
export async function planOfRecipeOrLatest(
  project: Project,
  invocation: Invocation,
  recipe: string | undefined,
  verb: string,
): Promise<Plan | undefined> {
  return await planShown(project, recipe ?? (await latestRecipe(invocation, verb)));
}

async function latestRecipe({values}: Invocation, verb: string): Promise<string> {
  const found = await findRun(String(values['runs']), 'latest');
  const started = found.status === 'found' && found.run.events.find((event) => event.type === 'run-started');
  if (started) return started.recipe.path;
  throw new UsageError(
    'Expected a recipe, since there is no last run',
    `Such as: pipeline ${verb} pipelines/aae-supervised.yaml`,
  );
}
