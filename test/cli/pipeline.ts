import {spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {scratchFolder} from '../util/scratch.js';

/** A folder to run recipes in, with a store and runs of its own. */
export interface Sandbox {
  readonly folder: string;
  /** Runs `pipeline` there; without a terminal and without colours. */
  readonly pipeline: (...args: string[]) => {readonly status: number | null; readonly stdout: string; readonly stderr: string};
  /** Events of a run, as `--json` prints them. */
  readonly events: (...args: string[]) => readonly Record<string, unknown>[];
  readonly write: (name: string, text: string) => string;
}

const launcher = resolve('bin', 'pipeline.js');

export function sandbox(environment: Readonly<Record<string, string>> = {}): Sandbox {
  const folder = scratchFolder('cli');
  const {MLFLOW_TRACKING_URI: _uri, ...inherited} = process.env;
  const pipeline: Sandbox['pipeline'] = (...args) =>
    spawnSync(process.execPath, [launcher, ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: {...inherited, NO_COLOR: '1', ...environment},
      maxBuffer: 1 << 26,
    });
  return {
    folder,
    pipeline,
    events: (...args) => {
      const {status, stdout, stderr} = pipeline('run', ...args, '--json');
      if (status !== 0) throw new Error(`exit code ${status}\n${stderr}\n${stdout}`);
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    write: (name, text) => {
      mkdirSync(join(folder, name, '..'), {recursive: true});
      writeFileSync(join(folder, name), text);
      return name;
    },
  };
}

/** A whole pipeline in seconds: the recipe's nodes on few examples and small networks. */
export const smallRecipe = (
  changes: {readonly steps?: number; readonly title?: string; readonly register?: string} = {},
): string => `
name: small
seed: 7
params:
  epochs: 2
stages:
  digits: {use: load/mnist, with: {limit: 400}}
  scaled: {use: normalise/scale, in: digits}
  aae:
    use: train/adversarial-autoencoder
    in: scaled
    register: ${changes.register ?? '{}'}
    with:
      labels: decoder
      encoder: [flatten, {dense: 32}, {dropout: 0.2}, relu, {dense: 4}]
      decoder: [{dense: 32}, relu, {dense: 784}, {reshape: [28, 28, 1]}, sigmoid]
      discriminator: [{dense: 16}, relu, {dense: 1}, sigmoid]
      epochs: \${epochs}
      batchSize: 100
      validateEvery: 1
  codes: {use: featurize/encode, in: {data: scaled, model: aae.encoder}}
  score: {use: evaluate/autoencoder, in: {data: scaled, encoder: aae.encoder, decoder: aae.decoder, codes: codes}}
  curves: {use: visualise/curves, in: aae.history, with: {title: ${changes.title ?? 'Training'}}}
  reconstructions: {use: visualise/reconstructions, in: {data: scaled, encoder: aae.encoder, decoder: aae.decoder}, with: {pairs: 20, columns: 10}}
  styles: {use: visualise/style-grid, in: {decoder: aae.decoder, codes: codes}, with: {steps: ${changes.steps ?? 3}}}
  map: {use: visualise/tsne, in: {codes: codes, data: digits}, with: {points: 300, iterations: 120}}
`;
