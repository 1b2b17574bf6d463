import {access, mkdir, readFile, writeFile} from 'node:fs/promises';
import {basename, dirname, relative, resolve, sep} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type Command, flag, UsageError} from '../command.js';
import {style} from '../view/style.js';

const ours = fileURLToPath(new URL('../../../', import.meta.url));

export const command: Command = {
  name: 'init',
  summary: 'Writes a first recipe: an autoencoder on MNIST that runs in a minute, every line explained.',
  usage: 'init [FILE]',
  options: {force: {type: 'boolean', description: 'replace a file that is there'}},
  examples: ['pipeline init', 'pipeline init pipelines/mine.yaml'],
  run: async ({positionals: [path = 'recipe.yaml', second], values}) => {
    if (second !== undefined) throw new UsageError(`Expected one file, got \`${path}\` and \`${second}\``);
    if (!/\.ya?ml$/.test(path)) throw new UsageError(`Expected a file that ends in \`.yaml\`, got \`${path}\``);
    const force = flag({values}, 'force');
    try {
      await mkdir(dirname(path), {recursive: true});
      await writeFile(path, await starter(path), {flag: force ? 'w' : 'wx'});
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      if (code === 'EEXIST' && (await isThere(path)))
        throw new UsageError(`Expected \`${path}\` to be a new file, but it is there already`, 'Pass --force to replace it.');
      throw new UsageError(`Expected \`${path}\` to be a place to write to, got ${code}`);
    }
    process.stdout.write(`${style.green('wrote')} ${path}\nnext: ${style.cyan(`npx pipeline run ${path}`)}\n`);
    return 0;
  },
};

/** The recipe `pipelines/starter.yaml` under another name, with the schema that stands where this package does. */
async function starter(path: string): Promise<string> {
  const text = await readFile(resolve(ours, 'pipelines/starter.yaml'), 'utf8');
  const schema = relative(dirname(resolve(path)), resolve(ours, 'schemas/recipe.schema.json'))
    .split(sep)
    .join('/');
  const name = nameFor(basename(path).replace(/\.ya?ml$/, ''));
  return text
    .replace(/^# yaml-language-server: .*$/m, () => `# yaml-language-server: $schema=${schema}`)
    .replace(/^name: .*$/m, () => `name: ${name}`)
    .replaceAll('pipelines/starter.yaml', () => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`));
}

/** A recipe's name: lower-case words and digits joined by hyphens. */
function nameFor(file: string): string {
  const words = file.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, 100).replace(/-$/, '') || 'starter';
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
