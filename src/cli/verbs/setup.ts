import {createRequire} from 'node:module';
import type {Numerics} from '../../core/key.js';
import type {Project} from '../../session/project.js';
import {prepareTensorflow, type SetupProgress, type SetupResult} from '../../tensor/setup/prepare.js';
import {tfjsVersion} from '../../tensor/tfjs-version.js';
import {formatBytes, formatSeconds} from '../../util/format.js';
import {onInterrupt} from '../../util/on-interrupt.js';
import {type Command, flag} from '../command.js';
import {LiveLines} from '../view/live-lines.js';
import {style} from '../view/style.js';

export const command: Command = {
  name: 'setup',
  summary: 'Prepares TensorFlow for this machine, once: `pipeline run` does the same when a stage first needs it.',
  usage: 'setup [options]',
  options: {
    cpu: {type: 'boolean', description: 'leave the GPU alone'},
    force: {type: 'boolean', description: 'prepare it anew; what is there stays in use until that is done'},
  },
  examples: ['pipeline setup', 'pipeline setup --cpu'],
  run: async ({values}) => {
    const result = await prepareShown({cpu: flag({values}, 'cpu'), force: flag({values}, 'force')});
    return result.status === 'ready' ? 0 : 1;
  },
};

/** Prepares TensorFlow for a project and shows the progress. Gives another backend when it cannot be had here, `undefined` when all is well. */
export async function prepareWithProgress(project: Project): Promise<Numerics | undefined> {
  const result = await prepareShown({cpu: project.options.cpu, force: false});
  if (result.status !== 'ready') return await nextBackend();
  project.useTensorflow(result.located);
  return undefined;
}

async function prepareShown(options: {readonly cpu: boolean; readonly force: boolean}): Promise<SetupResult> {
  const began = performance.now();
  const live = new LiveLines(process.stderr);
  let last: SetupProgress | undefined;
  const show = (progress: SetupProgress): void => {
    const changed = progress.phase !== last?.phase;
    last = progress;
    if (live.enabled) live.set(() => [`${live.spinner()} ${describe(progress)}`]);
    else if (changed) live.print(describe(progress), process.stderr);
  };
  // by `exit`, so that a half-made folder is removed
  const restore = onInterrupt((signal) => {
    live.close();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
  const result = await prepareTensorflow({...options, onProgress: show}).finally(() => {
    restore();
    live.close();
  });
  if (result.status === 'ready') {
    const {version, variant} = result.located;
    const seconds = (performance.now() - began) / 1000;
    process.stderr.write(
      `${style.green('✓')} TensorFlow ${version} (${variant}) is ready${seconds > 1 ? style.dim(`, ${formatSeconds(seconds)}`) : ''}\n`,
    );
  } else process.stderr.write(`${style.yellow('!')} TensorFlow cannot be prepared: ${result.why}\n  ${result.remedy}\n`);
  return result;
}

const describe = ({phase, text, done, total}: SetupProgress): string =>
  done === undefined || total === undefined
    ? `${phase}: ${text}`
    : `${phase}: ${text}, ${formatBytes(done)} of ${formatBytes(total)}`;

/** The next best backend that is installed, with one line of what it costs. */
async function nextBackend(): Promise<Numerics> {
  const {resolve} = createRequire(import.meta.url);
  const version = await tfjsVersion();
  try {
    resolve('@tensorflow/tfjs-backend-wasm');
    process.stderr.write(`  Going on with the wasm backend, about 10 times slower.\n`);
    return {backend: 'wasm', device: 'cpu', version};
  } catch {
    process.stderr.write(
      `  Going on with tfjs's JavaScript backend, some hundred times slower; \`npm install @tensorflow/tfjs-backend-wasm\` is faster.\n`,
    );
    return {backend: 'cpu', device: 'cpu', version};
  }
}
