import {readFile} from 'node:fs/promises';
import {describePort, labelPort} from '../../nodes/describe-port.js';
import type {Recipe} from '../../recipe/recipe.js';
import type {GraphEdge, GraphStage} from '../../report/graph.js';
import {type Command, text, UsageError} from '../command.js';
import {oneRecipe, projectOf, recipeOptions, recipeShown} from '../project.js';
import {drawLanes} from '../view/graph-lanes.js';
import {terminalWidth} from '../view/wrap.js';

const formats = ['terminal', 'mermaid', 'svg'];

export const command: Command = {
  name: 'graph',
  summary: "Draws a recipe's stages, with types and shapes on the edges. Runs nothing.",
  usage: 'graph RECIPE [options]',
  options: {
    set: recipeOptions.set,
    params: recipeOptions.params,
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: formats,
      default: 'terminal',
      description: '`terminal`, `mermaid` or `svg`',
    },
  },
  examples: [
    'pipeline graph pipelines/aae-supervised.yaml',
    'pipeline graph pipelines/aae-supervised.yaml --format svg > graph.svg',
    'pipeline graph pipelines/aae-supervised.yaml --format mermaid',
  ],
  run: async (invocation) => {
    const format = text(invocation, 'format') ?? 'terminal';
    if (!formats.includes(format))
      throw new UsageError(`Expected --format to be \`terminal\`, \`mermaid\` or \`svg\`, got \`${format}\``);
    const recipe = await recipeShown(projectOf(invocation), oneRecipe(invocation, 'graph'));
    if (!recipe) return 2;
    process.stdout.write(await draw(recipe, format));
    return 0;
  },
};

async function draw(recipe: Recipe, format: string): Promise<string> {
  if (format === 'terminal') return drawLanes(recipe.stages.map(laneStage), terminalWidth());
  const stages = recipe.stages.map(graphStage);
  const edges = edgesOf(recipe);
  if (format === 'mermaid') return (await import('../../report/mermaid.js')).mermaidGraph(stages, edges);
  const [{drawGraph}, {Html, html}, {themeVariables}] = await Promise.all([
    import('../../report/graph.js'),
    import('../../report/html.js'),
    import('../../report/theme-variables.js'),
  ]);
  const css = await readFile(new URL('../../../src/report/client/graph.css', import.meta.url), 'utf8');
  return `${drawGraph(stages, edges, html`<style>${new Html(themeVariables('svg:root') + css)}</style>`).text}\n`;
}

type Stage = Recipe['stages'][number];

const laneStage = ({name, use, inputs, outputs}: Stage) => ({
  name,
  use,
  inputs: Object.entries(inputs).map(([input, {stage, port}]) => [input, `${stage}.${port}`] as const),
  outputs: Object.entries(outputs).map(([port, type]) => ({signal: `${name}.${port}`, name: port, type: describePort(type)})),
});

const graphStage = ({name, use, outputs}: Stage): GraphStage => ({
  name,
  use,
  ports: Object.entries(outputs).map(([port, type]) => ({name: port, label: labelPort(type)})),
});

function edgesOf({stages}: Recipe): readonly (GraphEdge & {readonly label: string})[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  return stages.flatMap(({name, inputs}) =>
    Object.entries(inputs).flatMap(([input, {stage, port}]) => {
      const type = byName.get(stage)?.outputs[port];
      if (!type) return [];
      const title = `${stage}.${port} → ${name}.${input}\n${describePort(type).join('\n')}`;
      return [{from: stage, port, to: name, title, label: `${port}: ${labelPort(type)}`}];
    }),
  );
}
