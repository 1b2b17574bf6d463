import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {type Command, UsageError} from './cli/command.js';
import {commandHelp, generalHelp} from './cli/view/help.js';
import {style} from './cli/view/style.js';
import {StoreUnusable} from './util/unusable.js';

/** Verbs in the order of the help text. Each module is loaded only when its verb is asked for. */
export const verbs: Readonly<Record<string, {readonly summary: string; readonly load: () => Promise<{command: Command}>}>> = {
  init: {summary: 'write a first recipe, every line explained', load: () => import('./cli/verbs/init.js')},
  run: {summary: 'run a recipe; what has not changed comes from the cache', load: () => import('./cli/verbs/run.js')},
  resume: {summary: 'resume the last run from its checkpoints', load: () => import('./cli/verbs/resume.js')},
  plan: {summary: 'say what a run would do, and why, without doing it', load: () => import('./cli/verbs/plan.js')},
  validate: {summary: 'check recipes: everything wrong at once, with its place', load: () => import('./cli/verbs/validate.js')},
  resolve: {summary: 'print the final recipe, with the origin of every value', load: () => import('./cli/verbs/resolve.js')},
  graph: {summary: "draw a recipe's stages, with types and shapes", load: () => import('./cli/verbs/graph.js')},
  status: {summary: 'say which stages are up to date, and how the last run ended', load: () => import('./cli/verbs/status.js')},
  why: {summary: 'say what has changed since a stage last ran: fields, params, files', load: () => import('./cli/verbs/why.js')},
  smoke: {summary: 'run all of a recipe in seconds, on made-up data', load: () => import('./cli/verbs/smoke.js')},
  runs: {summary: 'list past runs, filtered and sorted', load: () => import('./cli/verbs/runs.js')},
  serve: {summary: 'show all runs in a browser, live, to this machine only', load: () => import('./cli/verbs/serve.js')},
  compare: {summary: 'set runs against each other, in a table or a page', load: () => import('./cli/verbs/compare.js')},
  diff: {summary: 'compare two runs: params, metrics, results, tensors', load: () => import('./cli/verbs/diff.js')},
  peek: {summary: 'show statistics and a picture of any cached edge', load: () => import('./cli/verbs/peek.js')},
  verify: {summary: 'compute a stage twice: is it deterministic?', load: () => import('./cli/verbs/verify.js')},
  reproduce: {
    summary: 'run a past run again, and name the first stage that differs',
    load: () => import('./cli/verbs/reproduce.js'),
  },
  export: {summary: 'write results as npy, npz, safetensors, csv, png or onnx', load: () => import('./cli/verbs/export.js')},
  generate: {summary: "write images that a run's generator makes", load: () => import('./cli/verbs/generate.js')},
  search: {summary: "find the images nearest to one of yours by a run's codes", load: () => import('./cli/verbs/search.js')},
  onnx: {summary: 'write a trained network as an ONNX file', load: () => import('./cli/verbs/onnx.js')},
  gc: {summary: 'remove results that no run needs', load: () => import('./cli/verbs/gc.js')},
  cache: {
    summary: '`cache verify` reads all of the cache and sets aside what is damaged',
    load: () => import('./cli/verbs/cache.js'),
  },
  nodes: {summary: 'list node types, or show one with its params', load: () => import('./cli/verbs/nodes.js')},
  sync: {summary: 'send runs to MLflow that it does not have, or not all of', load: () => import('./cli/verbs/sync.js')},
  mlflow: {
    summary: 'start an MLflow server for this machine, its store in .mlflow/',
    load: () => import('./cli/verbs/mlflow.js'),
  },
  setup: {summary: 'prepare TensorFlow for this machine (run does it when needed)', load: () => import('./cli/verbs/setup.js')},
  completion: {summary: 'print completions for bash, zsh or fish', load: () => import('./cli/verbs/completion.js')},
  doctor: {summary: 'say what is found on this machine, and how to mend it', load: () => import('./cli/verbs/doctor.js')},
};

/** Runs one command line (without `node` and the script); resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  // a reader that has gone, as in `pipeline runs | head`, ends us as it ends other tools (128 + SIGPIPE)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(141);
    throw error;
  });
  try {
    return await dispatch(argv);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof StoreUnusable)) throw error;
    const hint = 'hint' in error && error.hint ? `      ${error.hint}\n` : '';
    process.stderr.write(`${style.red('error')} ${error.message}\n${hint}`);
    return 2;
  }
}

async function dispatch([name, ...rest]: readonly string[]): Promise<number> {
  const summaries = Object.entries(verbs).map(([verb, {summary}]) => [verb, summary] as const);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const verb = name === 'help' ? verbs[rest[0] ?? ''] : undefined;
    process.stdout.write(verb ? commandHelp((await verb.load()).command) : generalHelp(summaries));
    return 0;
  }
  if (name === '--version' || name === '-V') {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {version: string};
    process.stdout.write(`${manifest.version}\n`);
    return 0;
  }
  if (name === '__complete') {
    const {answer} = await import('./cli/completion/complete.js');
    process.stdout.write(await answer(verbs, rest));
    return 0;
  }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb) throw new UsageError(`Expected a command, got \`${name}\``, await nearest(name, Object.keys(verbs), ''));
  const {command} = await verb.load();
  const invocation = await parse(command, rest);
  if (invocation.values['help'] === true) {
    process.stdout.write(commandHelp(command));
    return 0;
  }
  return await command.run(invocation);
}

async function parse(command: Command, args: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, {type, short, multiple, default: fallback}]) => [
      name,
      {type, ...(short && {short}), ...(multiple && {multiple}), ...(fallback !== undefined && {default: fallback})},
    ]),
  );
  try {
    const {values, positionals} = parseArgs({
      args: [...args],
      options: {...options, help: {type: 'boolean', short: 'h'}},
      allowPositionals: true,
    });
    return {values, positionals};
  } catch (error) {
    const unknown = /Unknown option '(-{1,2}[^']*)'/.exec((error as Error).message)?.[1];
    if (!unknown) throw new UsageError((error as Error).message.split('\n')[0] ?? '', `See \`pipeline ${command.name} --help\`.`);
    const names = [...Object.keys(command.options), 'help'].map((name) => `--${name}`);
    throw new UsageError(
      `Expected an option of \`pipeline ${command.name}\`, got \`${unknown}\``,
      await nearest(unknown, names, ` See \`pipeline ${command.name} --help\`.`),
    );
  }
}

async function nearest(name: string, names: readonly string[], more: string): Promise<string> {
  const {suggest} = await import('./recipe/wording.js');
  return `${suggest(name, names, 'There are') ?? ''}${more}`;
}
