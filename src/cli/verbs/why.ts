import type {PlannedStage} from '../../core/plan.js';
import {findNode} from '../../nodes/registry.js';
import {type Explanation, explainStage} from '../../runner/plan/explain.js';
import type {Difference} from '../../runner/plan/why.js';
import {formatSeconds} from '../../util/format.js';
import {type Command, flag, UsageError} from '../command.js';
import {pastRunOptions} from '../edge.js';
import {projectOf, recipeOptions} from '../project.js';
import {planOfRecipeOrLatest} from '../recipe-or-latest.js';
import {knownStage} from '../selection.js';
import {style} from '../view/style.js';
import {formatTime, table} from '../view/table.js';

export const command: Command = {
  name: 'why',
  summary: 'Says why a stage would run: what differs from its nearest earlier result, down to params and files.',
  usage: 'why STAGE [RECIPE] [options]          RECIPE: that of the last run',
  options: {...recipeOptions, runs: pastRunOptions.runs, json: {type: 'boolean', description: 'print the differences as JSON'}},
  examples: ['pipeline why codes', 'pipeline why aae pipelines/aae-supervised.yaml --set epochs=200'],
  run: async (invocation) => {
    const [stage, recipe, third] = invocation.positionals;
    if (stage === undefined || third !== undefined)
      throw new UsageError(
        'Expected one stage, and perhaps a recipe',
        'Such as: pipeline why codes pipelines/aae-supervised.yaml',
      );
    const project = projectOf(invocation);
    const plan = await planOfRecipeOrLatest(project, invocation, recipe, 'why STAGE');
    if (!plan) return 2;
    await knownStage(
      stage,
      plan.stages.map(({name}) => name),
      `\`${plan.recipe.name}\``,
    );
    const moduleOf = async ({use, plugin}: PlannedStage): Promise<URL | undefined> =>
      (await findNode(project.registry, use, plugin))?.module;
    const explanation = await explainStage(plan, stage, await project.store(), moduleOf);
    process.stdout.write(flag(invocation, 'json') ? `${JSON.stringify(explanation)}\n` : describe(explanation));
    return 0;
  },
};

function describe(explanation: Explanation): string {
  const {stage, status} = explanation;
  const name = style.bold(stage);
  switch (status) {
    case 'cached': {
      const doubt =
        explanation.deterministic === false ? style.yellow(' It is not deterministic: computed twice, it differed.') : '';
      return `${name} is cached: computed ${formatTime(explanation.at)} in ${formatSeconds(explanation.seconds)}.${doubt}\n`;
    }
    case 'run':
      return `${name} would run: ${reason(explanation)}`;
    case 'depends': {
      const inputs = explanation.on.map((each) => `\`${each}\``).join(' and ');
      const first = `${name} depends on ${inputs}, which would run. See: pipeline why ${explanation.on[0]}\n`;
      const own = explanation.differences.length > 0 || !explanation.earlier;
      return own ? `${first}Whatever comes of that, ${reason(explanation)}` : first;
    }
    default:
      return explanation satisfies never;
  }
}

function reason({fault, earlier, differences, files}: Exclude<Explanation, {status: 'cached'}>): string {
  if (fault !== undefined) return `${fault}\n`;
  if (!earlier) return 'it has never run before\n';
  const since = `its nearest earlier result (${formatTime(earlier.at)}, ${formatSeconds(earlier.seconds)})`;
  if (differences.length === 0) return `nothing has changed since ${since}, but that is gone\n`;
  const rows = differences.map((difference) => [`  ${difference.path}`, change(difference)]);
  const listed = (files ?? []).map(
    ({path, change: how}) => `    ${sourceOf(path)}${how === 'changed' ? '' : style.dim(` ${how}`)}\n`,
  );
  return `this differs from ${since}\n${table(['', ''], rows).replace(/^.*\n/, '')}${listed.join('')}`;
}

function change({path, before, after}: Difference): string {
  if (path === 'code') return 'edited';
  if (/^(inputs|externals)\./.test(path)) return `${short(before)} → ${short(after)}`;
  return `${show(before)} → ${show(after)}`;
}

const short = (digest: unknown): string => (digest === undefined ? 'nothing' : String(digest).slice(0, 12));

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 32 ? `${text.slice(0, 31)}…` : text;
}

/** Our own files as they are in the sources. */
const sourceOf = (path: string): string => path.replace(/^dist\/(.*)\.js$/, 'src/$1.ts');
