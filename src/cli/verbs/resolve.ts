import type {ResolvedLine} from '../../core/plan.js';
import {builtinNodes} from '../../nodes/registry.js';
import {flattenResolved, resolveRecipe} from '../../recipe/expand/resolve.js';
import {resolvedLines} from '../../recipe/expand/resolved-lines.js';
import {loadRecipe} from '../../recipe/load-recipe.js';
import {type Command, text, texts, UsageError} from '../command.js';
import {recipeOptions} from '../project.js';
import {formatDiagnostics} from '../view/format-diagnostics.js';
import {style} from '../view/style.js';

/** Column from which origins stand, where lines are not longer. */
const ORIGINS = 44;

export const command: Command = {
  name: 'resolve',
  summary: 'Prints the final recipe, and where each of its values was written: file and line, --set, or a default.',
  usage: 'resolve RECIPE [options]',
  options: {
    set: recipeOptions.set,
    params: recipeOptions.params,
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: ['yaml', 'json'],
      default: 'yaml',
      description: '`yaml`, a recipe again; or `json` for programs',
    },
  },
  examples: [
    'pipeline resolve pipelines/aae-supervised.yaml --set latent=4',
    'pipeline resolve pipelines/aae-supervised.yaml --format json',
  ],
  run: async (invocation) => {
    const [path, second] = invocation.positionals;
    if (path === undefined || second !== undefined)
      throw new UsageError(
        `Expected one recipe, got ${path === undefined ? 'none' : `\`${path}\` and \`${second}\``}`,
        'Such as: pipeline resolve pipelines/aae-supervised.yaml',
      );
    const format = text(invocation, 'format');
    if (format !== 'yaml' && format !== 'json')
      throw new UsageError(`Expected --format to be \`yaml\` or \`json\`, got \`${format}\``);
    const set = texts(invocation, 'set');
    const {recipe, tree, diagnostics} = await loadRecipe(path, {
      set,
      params: texts(invocation, 'params'),
      registry: builtinNodes(),
    });
    process.stderr.write(formatDiagnostics(diagnostics));
    if (!recipe || !tree) return 2;
    const resolved = resolveRecipe(recipe, tree);
    process.stdout.write(
      format === 'yaml' ? showYaml(resolvedLines(resolved)) : `${JSON.stringify(flattenResolved(resolved), null, 2)}\n`,
    );
    return 0;
  },
};

function showYaml(lines: readonly ResolvedLine[]): string {
  const width = Math.min(ORIGINS, Math.max(...lines.map(([line]) => line.length)));
  return lines
    .map(([line, origin]) => `${origin === '' ? line : `${line.padEnd(width)}  ${style.dim(`# ${origin}`)}`}\n`)
    .join('');
}
