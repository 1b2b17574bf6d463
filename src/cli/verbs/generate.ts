import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {sizeOf} from '../../core/host-tensor.js';
import {prepareNode} from '../../core/node.js';
import type {DatasetValue, ModelType, ModelValue} from '../../core/ports.js';
import type {StageContext} from '../../core/stage-context.js';
import type {StoredOutput} from '../../core/store.js';
import {encodeGrey} from '../../figures/grey-png.js';
import {imageGrid} from '../../figures/image-grid.js';
import type {PastRun} from '../../history/past-run.js';
import {greyLevels} from '../../nodes/grey-levels.js';
import {builtinNodes} from '../../nodes/registry.js';
import {loadTensorFlow} from '../../tensor/tensorflow.js';
import {type Command, type Invocation, text, UsageError, wholeNumber} from '../command.js';
import {openResults, outputsOf, pastRun, pastRunOptions, stageResult} from '../edge.js';

export const command: Command = {
  name: 'generate',
  summary: "Writes images that a finished run's generator makes: a PNG each, and all in one grid.",
  usage: 'generate RUN [options]',
  options: {
    count: {type: 'string', value: 'N', default: '64', description: 'how many (default: 64)'},
    seed: {type: 'string', value: 'N', default: '1', description: 'another seed gives other images (default: 1)'},
    stage: {type: 'string', value: 'NAME', description: 'the stage that trained the generator, when there are several'},
    out: {type: 'string', value: 'FOLDER', description: 'where the images go (default: generated/ in the run’s folder)'},
    ...pastRunOptions,
  },
  examples: ['pipeline generate latest', 'pipeline generate latest --count 64 --seed 7 --out digits'],
  run: async (invocation) => {
    const [reference, second] = invocation.positionals;
    if (reference === undefined || second !== undefined)
      throw new UsageError('Expected one run', 'Such as: pipeline generate latest --count 64 --seed 7');
    const count = wholeNumber(invocation, 'count', 1) ?? 0;
    const seed = wholeNumber(invocation, 'seed', 0) ?? 0;
    const run = await pastRun(invocation, reference);
    const {grey, columns, height, width} = await make(await generatorOf(run, invocation), count, seed);
    const folder = text(invocation, 'out') ?? join(run.folder, 'generated');
    await mkdir(folder, {recursive: true});
    for (let index = 0; index < count; index++) {
      const pixels = Uint8Array.from(grey.subarray(index * height * width, (index + 1) * height * width), (value) =>
        Math.round(255 * value),
      );
      await writeFile(join(folder, `image-${String(index).padStart(4, '0')}.png`), await encodeGrey(pixels, width, height));
    }
    const grid = join(folder, 'grid.png');
    await writeFile(grid, await imageGrid({images: grey, count, height, width, columns, scale: 2}));
    process.stdout.write(`${count} images in ${folder}, all of them in ${grid}\n`);
    return 0;
  },
};

interface Generator {
  readonly value: ModelValue;
  readonly type: ModelType;
}

/** The generator that a run trained, or took from the cache. */
async function generatorOf(run: PastRun, invocation: Invocation): Promise<Generator> {
  const wanted = text(invocation, 'stage');
  const trained = outputsOf(run, ({kind}, port) => port === 'generator' && kind === 'model');
  const found = trained.filter(({stage}) => (wanted ?? stage) === stage);
  const [first, second] = found;
  if (first && second)
    throw new UsageError(`Expected --stage, since ${found.map(({stage}) => `\`${stage}\``).join(' and ')} trained a generator`);
  if (!first)
    throw new UsageError(
      `Expected ${wanted === undefined ? `the run \`${run.id}\`` : `its stage \`${wanted}\``} to have trained a generator, as \`train/gan\` does; it did not`,
    );
  const results = await openResults(invocation);
  const output = (await stageResult(run, first.stage, results)).outputs[first.port] as StoredOutput;
  return {value: await results.model(output), type: output.type as ModelType};
}

async function make({value, type}: Generator, count: number, seed: number) {
  const node = await builtinNodes().find('generate/images');
  if (!node) throw new Error('generate/images is built in');
  await loadTensorFlow();
  const distribution = type.inputs['input']?.range ? 'uniform' : 'normal';
  const params = {count, distribution, deviation: 1, categories: 0};
  const fit = prepareNode(node.definition, params, {generator: type});
  if (fit.status === 'issues') throw new UsageError(fit.issues[0]?.message ?? '');
  const {images} = await node.definition.run({
    prepared: fit.prepared,
    inputs: {generator: value},
    context: {seed, ...alone},
  });
  const made = (await (images as DatasetValue).split('generated'))['images'];
  if (!made) throw new Error('generate/images gives images');
  const [, height = 0, width = 0] = made.shape;
  if (sizeOf(made.shape) !== count * height * width)
    throw new UsageError(
      `Expected a generator of grey images [height, width, 1], got one of [${made.shape.slice(1).join(', ')}]`,
    );
  return {grey: greyLevels(made, type.output.range), height, width, columns: Math.ceil(Math.sqrt(count))};
}

/** Context of a node that computes outside of a run: it reports to nobody, saves nothing and is not stopped. */
const alone: Omit<StageContext, 'seed'> = {
  report: {progress: () => {}, metrics: () => {}, picture: () => {}, log: () => {}},
  signal: new AbortController().signal,
  checkpoints: {
    everySeconds: Number.POSITIVE_INFINITY,
    load: async () => undefined,
    save: async () => {},
    loadFinished: async () => undefined,
    saveFinished: async () => {},
  },
};
