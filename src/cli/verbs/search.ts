import {readFile, writeFile} from 'node:fs/promises';
import {basename, join, relative} from 'node:path';
import {affine} from '../../core/affine.js';
import {type HostTensor, hostTensor, rows} from '../../core/host-tensor.js';
import type {DatasetType, DatasetValue, ModelValue, PortKind, SplitType} from '../../core/ports.js';
import type {StoredOutput} from '../../core/store.js';
import {captionedGrid} from '../../figures/captioned-grid.js';
import {decodeGrey, edgeMean, type GreyPicture, resizeGrey} from '../../figures/read-grey.js';
import type {PastRun} from '../../history/past-run.js';
import type {Results} from '../../history/results.js';
import type {Architecture} from '../../networks/architecture.js';
import {encode} from '../../networks/evaluate.js';
import {Network} from '../../networks/network.js';
import {greyLevels} from '../../nodes/grey-levels.js';
import {nearestPoints} from '../../numerics/metrics/nearest.js';
import {unitRows} from '../../numerics/metrics/retrieval.js';
import {loadTensorFlow} from '../../tensor/tensorflow.js';
import {nearest as nearestKernels} from '../../wasm/kernels/nearest.js';
import {Threads} from '../../wasm/threads.js';
import {type Command, type Invocation, text, UsageError, wholeNumber} from '../command.js';
import {openResults, outputsOf, pastRun, pastRunOptions, stageResult} from '../edge.js';
import {table} from '../view/table.js';

export const command: Command = {
  name: 'search',
  summary: "Finds the images that are nearest to one of yours by a finished run's codes: a table, and a picture of them.",
  usage: 'search RUN --image FILE [options]',
  options: {
    image: {
      type: 'string',
      value: 'FILE',
      description: 'a PNG of any size; brought to the size, range and ink of the run’s images',
    },
    stage: {
      type: 'string',
      value: 'STAGE',
      description: 'the stage of `featurize/encode` whose codes are searched, when there are several',
    },
    split: {type: 'string', value: 'SPLIT', default: 'train', description: 'what is searched (default: train)'},
    nearest: {type: 'string', value: 'N', default: '9', description: 'how many are shown (default: 9)'},
    distance: {
      type: 'string',
      value: 'DISTANCE',
      default: 'euclidean',
      choices: ['euclidean', 'cosine'],
      description: 'what is near (default: euclidean)',
    },
    out: {type: 'string', value: 'FILE', description: 'where the picture goes (default: search.png in the run’s folder)'},
    ...pastRunOptions,
  },
  examples: ['pipeline search latest --image my.png', 'pipeline search latest --image my.png --stage codes --distance cosine'],
  run: async (invocation) => {
    const [reference, more] = invocation.positionals;
    const image = text(invocation, 'image');
    if (reference === undefined || more !== undefined || image === undefined)
      throw new UsageError('Expected one run and an image', 'Such as: pipeline search latest --image my.png');
    const distance = text(invocation, 'distance') ?? '';
    if (distance !== 'euclidean' && distance !== 'cosine')
      throw new UsageError(`Expected --distance to be euclidean or cosine, got \`${distance}\``);
    const wanted = wholeNumber(invocation, 'nearest', 1) ?? 1;
    const run = await pastRun(invocation, reference);
    const split = text(invocation, 'split') ?? '';
    const gallery = await openGallery(run, invocation, split);
    const query = await readQuery(image, gallery);
    await loadTensorFlow();
    const encoder = Network.restore('encoder', gallery.encoder.architecture as Architecture, gallery.encoder.weights);
    const [among, asked] = [gallery.codes, encode(encoder, query.image)].map((codes) =>
      distance === 'cosine' ? unitRows(codes) : codes,
    ) as [HostTensor<'float32'>, HostTensor<'float32'>];
    encoder.dispose();
    const count = Math.min(wanted, among.shape[0] ?? 0);
    const {indices, distances} = await Threads.use([nearestKernels], (threads) =>
      nearestPoints(threads, among, count, {queries: asked}),
    );
    const out = text(invocation, 'out') ?? join(run.folder, 'search.png');
    await writeFile(out, await draw(gallery, query, [...indices], basename(image))).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`Expected \`${out}\` to be a place to write to, got ${error.code}`);
    });
    // half of the squared distance of unit vectors is 1 − their cosine
    const shown = (squared: number): string => (distance === 'cosine' ? squared / 2 : Math.sqrt(squared)).toFixed(4);
    const lines = Array.from(indices, (row, place) => [
      String(place + 1),
      className(gallery, row),
      shown(distances[place] ?? 0),
      String(row),
    ]);
    process.stdout.write(table(['', 'class', `${distance} distance`, `row of ${split}`], lines));
    process.stdout.write(`\n${query.inverted ? 'dark on light, so inverted; ' : ''}a picture of them: ${relative('.', out)}\n`);
    return 0;
  },
};

interface Gallery {
  readonly encoder: ModelValue;
  /** float32 [examples, dimensions]. */
  readonly codes: HostTensor<'float32'>;
  readonly images: HostTensor;
  readonly labels: HostTensor | undefined;
  readonly type: SplitType;
}

/** Data, encoder and codes of a stage of a run. */
async function openGallery(run: PastRun, invocation: Invocation, split: string): Promise<Gallery> {
  const results = await openResults(invocation);
  const record = await stageResult(run, encodingStage(run, text(invocation, 'stage')), results);
  const inputs = record.fields['inputs'] as Readonly<Record<string, string>>;
  const [data, model] = [
    await outputOf(run, results, inputs['data'], 'dataset'),
    await outputOf(run, results, inputs['model'], 'model'),
  ];
  const codes = (await results.value(record.outputs['codes'] as StoredOutput)) as DatasetValue;
  if (!codes.splitNames.includes(split))
    throw new UsageError(`Expected --split to be one of ${codes.splitNames.join(', ')}, got \`${split}\``);
  const {images, labels} = await ((await results.value(data)) as DatasetValue).split(split);
  return {
    encoder: await results.model(model),
    codes: (await codes.split(split))['codes'] as HostTensor<'float32'>,
    images: images as HostTensor,
    labels,
    type: (data.type as DatasetType).splits[split] ?? {},
  };
}

/** The stage of `featurize/encode` that is named, or the only one of the run. */
function encodingStage(run: PastRun, wanted: string | undefined): string {
  const started = run.events.find((event) => event.type === 'run-started');
  const all = (started?.stages ?? []).filter(({use}) => use === 'featurize/encode').map(({name}) => name);
  const [found, another] = wanted === undefined ? all : all.filter((name) => name === wanted);
  if (found !== undefined && another === undefined) return found;
  const names = all.map((name) => `\`${name}\``).join(', ');
  if (another !== undefined)
    throw new UsageError('Expected --stage, since the run has several that encode', `There are ${names}.`);
  throw new UsageError(
    `Expected ${wanted === undefined ? 'a run with a stage of `featurize/encode`' : `a stage of \`featurize/encode\`, got \`${wanted}\``}`,
    names ? `There are ${names}.` : `The run \`${run.id}\` has none.`,
  );
}

/** The result of a run with this digest. */
async function outputOf(run: PastRun, results: Results, digest: string | undefined, kind: PortKind): Promise<StoredOutput> {
  const [found] = outputsOf(run, (output) => output.digest === digest && output.kind === kind);
  const output = found && (await stageResult(run, found.stage, results)).outputs[found.port];
  if (!output) throw new Error(`the run \`${run.id}\` has no ${kind} ${digest}, though a stage of it took it`);
  return output;
}

interface Query {
  /** float32 [1, height, width, 1], in the range of the gallery's images. */
  readonly image: HostTensor<'float32'>;
  readonly grey: Float32Array;
  readonly inverted: boolean;
}

/** The picture of a file, as large as the gallery's, and light on dark where those are. */
async function readQuery(path: string, {images, type}: Gallery): Promise<Query> {
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`Expected \`${path}\` to be a PNG file, got ${error.code}`);
  });
  const picture = await decodeGrey(content).catch((error: Error) => {
    throw new UsageError(`Expected \`${path}\` to be a PNG file, got: ${error.message}`);
  });
  const [, height = 0, width = 0, channels] = images.shape;
  if (channels !== 1)
    throw new UsageError(`Expected a run on grey images, got images of shape [${images.shape.slice(1).join(', ')}]`);
  const range = type['images']?.range;
  const first: GreyPicture = {pixels: greyLevels(rows(images, 0, 1), range), width, height};
  const fitted = resizeGrey(picture, width, height);
  const inverted = edgeMean(fitted) > 0.5 !== edgeMean(first) > 0.5;
  const grey = inverted ? fitted.pixels.map((value) => 1 - value) : fitted.pixels;
  const [low, high] = range ?? [0, 1];
  return {image: affine(hostTensor('float32', [1, height, width, 1], grey), high - low, low), grey, inverted};
}

const className = ({labels, type}: Gallery, row: number): string => {
  const label = labels?.data[row];
  return label === undefined ? '' : (type['labels']?.classes?.[label] ?? String(label));
};

async function draw(gallery: Gallery, query: Query, indices: readonly number[], name: string): Promise<Uint8Array> {
  const [, height = 0, width = 0] = gallery.images.shape;
  const bytes = (grey: Float32Array): Uint8Array => Uint8Array.from(grey, (value) => Math.round(255 * value));
  const found = indices.map((row, place) => ({
    pixels: bytes(greyLevels(rows(gallery.images, row, row + 1), gallery.type['images']?.range)),
    caption: [className(gallery, row), `nearest ${place + 1}`],
  }));
  const images = [{pixels: bytes(query.grey), caption: ['yours']}, ...found];
  return await captionedGrid({title: `Nearest to ${name}`, images, height, width, columns: Math.min(images.length, 10)});
}
