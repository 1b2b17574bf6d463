import {builtinNodes} from '../../nodes/registry.js';
import {loadRecipe} from '../../recipe/load-recipe.js';
import {type Command, text, texts, UsageError} from '../command.js';
import {recipeOptions} from '../project.js';
import {countDiagnostics, diagnosticsJson, formatDiagnostics, githubAnnotations} from '../view/format-diagnostics.js';
import {style} from '../view/style.js';

export const command: Command = {
  name: 'validate',
  summary: 'Checks recipes without running them: syntax, names, params, edges, types and shapes.',
  usage: 'validate RECIPE... [options]',
  options: {
    set: recipeOptions.set,
    params: recipeOptions.params,
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: ['text', 'json', 'github'],
      default: 'text',
      description: '`text`, `json` for programs, or `github` for annotations',
    },
  },
  examples: [
    'pipeline validate pipelines/*.yaml',
    'pipeline validate pipelines/aae-supervised.yaml --set epochs=5 --format json',
  ],
  run: async (invocation) => {
    const paths = invocation.positionals;
    if (paths.length === 0)
      throw new UsageError('Expected a recipe, got none', 'Such as: pipeline validate pipelines/aae-supervised.yaml');
    const format = text(invocation, 'format') ?? 'text';
    if (format !== 'text' && format !== 'json' && format !== 'github')
      throw new UsageError(`Expected --format to be \`text\`, \`json\` or \`github\`, got \`${format}\``);
    const results = [];
    for (const path of paths)
      results.push({
        path,
        ...(await loadRecipe(path, {
          set: texts(invocation, 'set'),
          params: texts(invocation, 'params'),
          registry: builtinNodes(),
        })),
      });
    if (format === 'json')
      process.stdout.write(
        `${JSON.stringify(
          results.flatMap(({diagnostics}) => diagnosticsJson(diagnostics)),
          null,
          2,
        )}\n`,
      );
    else if (format === 'github')
      process.stdout.write(results.map(({path, diagnostics}) => githubAnnotations(diagnostics, path)).join(''));
    else {
      for (const {path, recipe, diagnostics} of results) {
        process.stdout.write(formatDiagnostics(diagnostics));
        if (!recipe) continue;
        const warnings = diagnostics.length > 0 ? `, ${countDiagnostics(diagnostics)}` : '';
        process.stdout.write(
          `${style.green('valid')} ${path} · ${recipe.stages.length} ${recipe.stages.length === 1 ? 'stage' : 'stages'}${warnings}\n`,
        );
      }
    }
    return results.every(({recipe}) => recipe) ? 0 : 2;
  },
};
