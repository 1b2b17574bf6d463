import {loadRecipe} from '../recipe/load-recipe.js';
import {flattenResolved, type Resolved, resolveRecipe, showOrigin} from '../recipe/resolve.js';
import {printable} from '../recipe/wording.js';
import {type Command, text, texts, UsageError} from './command.js';
import {formatDiagnostics} from './format-diagnostics.js';
import {recipeOptions, registry} from './project.js';
import {style} from './style.js';

/** Longest list or mapping that is put on one line. */
const LINE = 72;
/** Column from which origins stand, where lines are not longer. */
const ORIGINS = 44;

export const command: Command = {
  name: 'resolve',
  summary: 'Prints the final recipe, and where each of its values was written: file and line, --set, or a default.',
  usage: 'resolve RECIPE [options]',
  options: {
    set: recipeOptions.set,
    params: recipeOptions.params,
    format: {type: 'string', value: 'FORMAT', default: 'yaml', description: '`yaml`, a recipe again; or `json` for programs'},
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
    const {recipe, tree, diagnostics} = await loadRecipe(path, {set, params: texts(invocation, 'params'), registry});
    process.stderr.write(formatDiagnostics(diagnostics));
    if (!recipe || !tree) return 2;
    const resolved = resolveRecipe(recipe, tree);
    process.stdout.write(format === 'yaml' ? showYaml(resolved) : `${JSON.stringify(flattenResolved(resolved), null, 2)}\n`);
    return 0;
  },
};

function showYaml(recipe: Resolved): string {
  const lines = yamlLines(recipe, '');
  const width = Math.min(ORIGINS, Math.max(...lines.map(([line]) => line.length)));
  return lines
    .map(([line, origin]) => `${origin === undefined ? line : `${line.padEnd(width)}  ${style.dim(`# ${origin}`)}`}\n`)
    .join('');
}

type Line = readonly [line: string, origin: string | undefined];

/** Block style; what is short and from one line stays on one line. */
function yamlLines(value: Resolved, indent: string): readonly Line[] {
  if (value.kind === 'value') return [];
  const members =
    value.kind === 'list'
      ? value.items.map((item) => ['- ', item] as const)
      : value.entries.map(([name, each]) => [`${plain(name)}: `, each] as const);
  return members.flatMap(([lead, each]): readonly Line[] => {
    const line = flow(each);
    const [origin, other] = new Set(originsOf(each));
    const fits = indent.length + lead.length + line.length <= LINE && other === undefined;
    if (each.kind === 'value' || fits) return [[`${indent}${lead}${line}`, origin ?? showOrigin(each.origin)]];
    if (lead !== '- ') return [[`${indent}${lead.trimEnd()}`, undefined], ...yamlLines(each, `${indent}  `)];
    const [first, ...rest] = yamlLines(each, `${indent}  `);
    return first ? [[`${indent}- ${first[0].slice(indent.length + 2)}`, first[1]], ...rest] : [];
  });
}

const originsOf = (value: Resolved): readonly string[] => flattenResolved(value).map(({origin}) => origin);

function flow(value: Resolved): string {
  if (value.kind === 'value')
    return typeof value.value === 'string' ? plain(value.value.replaceAll('${', () => '$${')) : String(value.value);
  if (value.kind === 'list') return `[${value.items.map(flow).join(', ')}]`;
  return `{${value.entries.map(([name, each]) => `${plain(name)}: ${flow(each)}`).join(', ')}}`;
}

/** A text as YAML: bare where nothing could be misread, else between quotes. */
function plain(text: string): string {
  const isBare = /^(?!(?:true|false|null)$)[a-z](?:[\w ./@=+-]*[\w./@=+-])?$/i.test(text);
  return isBare ? text : printableJson(text);
}

const printableJson = (text: string): string => printable(JSON.stringify(text));
