// One DAG of tiny stages, stage n after stage n - 10, as each tool wants it written. A stage leaves one small file.
import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {pythonWith} from '../scripts/python-venv.js';

export const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const numbers = (length) => Array.from({length}, (_, index) => index);
const before = (index) => (index < 10 ? undefined : index - 10);
const nameOf = (index) => `s${index}`;

/** Their newest versions on this day. */
const wireitVersion = '0.14.13';

const pythonTool = (name) => {
  const python = pythonWith(join(root, 'bench/peers/runner.txt'), 'bench-runner');
  return join(dirname(python), name);
};

/** Where npm puts wireit, once a machine. */
async function wireitModules() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'tfpipe', `bench-wireit-${wireitVersion}`);
  const modules = join(folder, 'node_modules');
  if (!existsSync(join(modules, '.bin', 'wireit'))) {
    await mkdir(folder, {recursive: true});
    await run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', folder, `wireit@${wireitVersion}`]);
  }
  return modules;
}

const plugin = `import {defineNode, Type} from 'tfpipe';
export const node = defineNode({
  type: 'bench/tick', summary: 'A number.', example: 's: {use: ./tick.ts}', usesTensors: false,
  params: Type.Object({n: Type.Number()}),
  inputs: {data: {kind: 'table', description: 'The number before.', optional: true}},
  prepare: (params) => params,
  outputs: () => ({number: {kind: 'table', columns: ['n']} as const}),
  run: async ({prepared: {n}, inputs}) => ({number: {kind: 'table', columns: {n: [Number(inputs.data?.columns.n?.[0] ?? 0) + n]}}}),
});
`;

/** By name: `write(folder, stages)`, and `command()`, which brings the DAG up to date. `most`: stages it is held up to. */
export const tools = {
  tfpipe: {
    write: async (folder, stages) => {
      await mkdir(join(folder, 'node_modules'), {recursive: true});
      await symlink(root, join(folder, 'node_modules/tfpipe'));
      await writeFile(join(folder, 'package.json'), '{"name": "bench", "type": "module"}\n');
      await writeFile(join(folder, 'tick.ts'), plugin);
      const lines = numbers(stages).map((index) => {
        const input = before(index) === undefined ? '' : `, in: ${nameOf(before(index))}`;
        return `  ${nameOf(index)}: {use: ./tick.ts, with: {n: ${index}}${input}}\n`;
      });
      await writeFile(join(folder, 'recipe.yaml'), `name: bench\nstages:\n${lines.join('')}`);
    },
    command: () => [process.execPath, [join(root, 'bin/pipeline.js'), 'run', 'recipe.yaml', '--quiet']],
  },
  dvc: {
    write: async (folder, stages) => {
      const lines = numbers(stages).map((index) => {
        const input = before(index) === undefined ? '' : `, deps: [out/${nameOf(before(index))}]`;
        return `  ${nameOf(index)}: {cmd: echo ${index} > out/${nameOf(index)}${input}, outs: [out/${nameOf(index)}]}\n`;
      });
      await mkdir(join(folder, 'out'));
      await writeFile(join(folder, 'dvc.yaml'), `stages:\n${lines.join('')}`);
      await run(pythonTool('dvc'), ['init', '--no-scm', '--quiet'], {cwd: folder});
      await run(pythonTool('dvc'), ['config', 'core.analytics', 'false'], {cwd: folder});
    },
    // its first run of 1,000 stages takes a quarter of an hour, and looking that nothing is to do not much less
    most: 200,
    command: () => [pythonTool('dvc'), ['repro', '--quiet']],
  },
  snakemake: {
    write: async (folder, stages) => {
      const rules = numbers(stages).map((index) => {
        const input = before(index) === undefined ? '' : `  input: "out/${nameOf(before(index))}"\n`;
        return `rule ${nameOf(index)}:\n${input}  output: "out/${nameOf(index)}"\n  shell: "echo ${index} > {output}"\n`;
      });
      const all = numbers(stages).map((index) => `"out/${nameOf(index)}"`);
      await writeFile(join(folder, 'Snakefile'), `rule all:\n  input: ${all.join(', ')}\n${rules.join('')}`);
    },
    command: () => [pythonTool('snakemake'), ['--cores', '2', '--quiet', 'all']],
  },
  wireit: {
    write: async (folder, stages) => {
      const wireit = Object.fromEntries(
        numbers(stages).map((index) => [
          nameOf(index),
          {
            command: `echo ${index} > out/${nameOf(index)}`,
            files: [],
            output: [`out/${nameOf(index)}`],
            ...(before(index) !== undefined && {dependencies: [nameOf(before(index))]}),
          },
        ]),
      );
      const all = {dependencies: numbers(stages).map(nameOf)};
      const scripts = Object.fromEntries([...Object.keys(wireit), 'all'].map((name) => [name, 'wireit']));
      await mkdir(join(folder, 'out'));
      await symlink(await wireitModules(), join(folder, 'node_modules'));
      await writeFile(join(folder, 'package.json'), JSON.stringify({name: 'bench', scripts, wireit: {...wireit, all}}));
    },
    command: () => ['npm', ['run', '--silent', 'all']],
  },
};

/** Seconds that a tool takes to bring its DAG up to date, as a whole process. */
export async function bringUpToDate(tool, folder) {
  const [command, args] = tools[tool].command();
  const env = {
    ...process.env,
    WIREIT_PARALLEL: '2',
    WIREIT_LOGGER: 'quiet',
    WIREIT_FAILURES: 'kill',
    XDG_CACHE_HOME: cacheHome(),
  };
  const began = performance.now();
  await run(command, args, {cwd: folder, env, maxBuffer: 1 << 28});
  return (performance.now() - began) / 1000;
}

const cacheHome = () => process.env.XDG_CACHE_HOME || join(homedir(), '.cache');

/** A new folder with the DAG. */
export async function writeDag(tool, folder, stages) {
  await rm(folder, {recursive: true, force: true});
  await mkdir(folder, {recursive: true});
  await tools[tool].write(folder, stages);
}
