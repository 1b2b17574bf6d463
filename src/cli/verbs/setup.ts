import {createRequire} from 'node:module';
import type {Numerics} from '../../core/key.js';
import {tfjsVersion} from '../../session/project.js';
import {prepareTensorflow, type SetupProgress, type SetupResult} from '../../tensor/setup/prepare.js';
import {formatBytes, formatSeconds} from '../../util/format.js';
import type {Command} from '../command.js';
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
    const result = await prepareShown({cpu: values['cpu'] === true, force: values['force'] === true});
    return result.status === 'ready' ? 0 : 1;
  },
};

/** Prepares TensorFlow and shows how far it is. Resolves to another backend when it cannot be had here, `undefined` when all is well. */
export async function prepareWithProgress({cpu}: {readonly cpu: boolean}): Promise<Numerics | undefined> {
  const result = await prepareShown({cpu, force: false});
  return result.status === 'ready' ? undefined : await nextBackend();
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
  const restore = onInterrupt(() => live.close());
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

/** Ctrl-C ends the process by `exit`, so that what was begun is removed. */
function onInterrupt(close: () => void): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    close();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
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
