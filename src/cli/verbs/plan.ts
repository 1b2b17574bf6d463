import {type Preview, previewPlan} from '../../runner/plan/preview.js';
import {formatSeconds} from '../../util/format.js';
import {type Command, flag} from '../command.js';
import {oneRecipe, planShown, projectOf, recipeOptions} from '../project.js';
import {selectedPlan, selectionOptions} from '../selection.js';
import {notDeterministic, style} from '../view/style.js';

export const command: Command = {
  name: 'plan',
  summary: 'Says which stages would run, which are cached, and why. Runs nothing.',
  usage: 'plan RECIPE [options]',
  options: {...recipeOptions, ...selectionOptions, json: {type: 'boolean', description: 'print the plan as JSON'}},
  examples: [
    'pipeline plan pipelines/aae-supervised.yaml',
    'pipeline plan pipelines/aae-supervised.yaml --set epochs=3',
    'pipeline plan pipelines/aae-supervised.yaml --from codes',
  ],
  run: async (invocation) => {
    const project = projectOf(invocation);
    const whole = await planShown(project, oneRecipe(invocation, 'plan'));
    if (!whole) return 2;
    const store = await project.store();
    const previews = await previewPlan(await selectedPlan(whole, store, invocation), store);
    process.stdout.write(flag(invocation, 'json') ? `${JSON.stringify(previews)}\n` : describePlan(previews));
    return 0;
  },
};

function describePlan(previews: readonly Preview[]): string {
  const nameWidth = Math.max(...previews.map((preview) => preview.stage.length));
  const useWidth = Math.max(...previews.map((preview) => preview.use.length));
  const lines = previews.map((preview) => {
    const [mark, what] = describeStage(preview);
    return `${mark} ${preview.stage.padEnd(nameWidth)}  ${style.dim(preview.use.padEnd(useWidth))}  ${what}\n`;
  });
  return `${lines.join('')}\n${total(previews)}\n`;
}

export function describeStage(preview: Preview): readonly [string, string] {
  const about = preview.seconds === undefined ? '' : `, took ${formatSeconds(preview.seconds)} last time`;
  switch (preview.status) {
    case 'cached':
      return [style.blue('●'), `${preview.deterministic === false ? notDeterministic : 'cached'}${style.dim(about)}`];
    case 'run':
      return [style.cyan('▸'), `would run: ${preview.reason}${style.dim(about)}`];
    case 'depends':
      return [style.yellow('?'), `would run, unless ${preview.on.join(' and ')} comes out as before${style.dim(about)}`];
    default:
      return preview satisfies never;
  }
}

/** "2 of 9 stages would run, about 3 min 05 s; the cache saves 31 s" */
function total(previews: readonly Preview[]): string {
  const cached = previews.filter((preview) => preview.status === 'cached');
  const running = previews.filter((preview) => preview.status !== 'cached');
  const seconds = (some: readonly Preview[]): number => some.reduce((sum, preview) => sum + (preview.seconds ?? 0), 0);
  if (running.length === 0) return `nothing would run: all ${previews.length} stages are cached`;
  const known = running.filter((preview) => preview.seconds !== undefined);
  const price =
    known.length === 0
      ? ''
      : `, about ${formatSeconds(seconds(known))}${known.length < running.length ? ' and some of unknown length' : ''}`;
  const saved = cached.length > 0 ? `; the cache saves ${formatSeconds(seconds(cached))}` : '';
  return `${running.length} of ${previews.length} stages would run${price}${saved}`;
}
