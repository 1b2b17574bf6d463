import {randomBytes} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {type Digest, digestBytes} from '#tfpipe/core/digest.js';
import type {RunEvent} from '#tfpipe/core/events.js';
import type {Store} from '#tfpipe/core/store.js';
import {journal} from '#tfpipe/history/journal.js';
import {openStore} from '#tfpipe/stores/open.js';

export interface SyntheticRun {
  readonly folder: string;
  /** Has the results. */
  readonly store: Store;
  readonly events: readonly RunEvent[];
  /** Points [step, value, timestamp] by metric as MLflow should have them: NaN as a word, infinities as the largest numbers (its databases have no others). */
  readonly metrics: Record<string, [number, number | string, number][]>;
  /** Digests of the files that should be among the artifacts, by path there. */
  readonly files: Record<string, Digest>;
  remove(): void;
}

/** Writes the run's journal, as a run without a server leaves it. */
export function writeJournal({folder, events, files}: SyntheticRun): void {
  const path = join(folder, 'events.ndjson');
  rmSync(path);
  const log = journal(path);
  for (const event of events) log.hear(event);
  void log.close();
  files['events.ndjson'] = digestBytes(readFileSync(path));
}

/** Longer than MLflow's names may be. */
const longKey = 'x'.repeat(300);
const start = 1_700_000_000_000;
const key = (text: string): Digest => digestBytes(text);

/** A run as the runner would report it: every type of event, three stages and two that do not end well, 3,000 points. */
export async function syntheticRun(name: string, epochs = 1500): Promise<SyntheticRun> {
  const folder = mkdtempSync(join(tmpdir(), 'tfpipe-run-'));
  const files: Record<string, Digest> = {};
  const store = await openStore(join(folder, 'store'));
  const keep = async (name: string, bytes: Buffer, target?: string) => {
    const stored = await store.writeBlob(bytes);
    if (target !== undefined) files[target] = stored.digest;
    return {name, ...stored};
  };
  const write = (file: string, bytes: Buffer): Digest => {
    mkdirSync(dirname(join(folder, file)), {recursive: true});
    writeFileSync(join(folder, file), bytes);
    return digestBytes(bytes);
  };
  const figure = await keep('figure.png', randomBytes(3_000_000), 'figures/map.png');
  const second = await keep('figure.png', randomBytes(10), 'figures/map-legend.png');
  const table = await keep('table.json', Buffer.from('{"kind":"table"}'), 'tables/aae-history.json');
  const weights = await keep('weights.safetensors', randomBytes(100));
  const png = randomBytes(50);
  await store.writeBlob(png);
  const picture = write('pictures/aae/samples-000058.png', png);
  const stepped = `images/aae~samples+step+58+timestamp+${start + 5}+`;
  const uuid = digestBytes(`aae~samples 58 ${start + 5}`)
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  files[`${stepped}${uuid}.png`] = picture;
  files[`${stepped}${uuid}+compressed.png`] = picture;
  files['report.html'] = write('report.html', Buffer.from('<h1>Größe</h1>'));
  files['recipe.yaml'] = write('recipe.yaml', Buffer.alloc(0));
  files['events.ndjson'] = write('events.ndjson', Buffer.from('{}\n'));

  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -1e-300, 1.7976931348623157e308, 0.1 + 0.2];
  const metrics: SyntheticRun['metrics'] = {};
  const record = (stage: string, step: number, time: number, values: Record<string, number>) => {
    for (const [metric, value] of Object.entries(values)) {
      const path = `${stage}/${metric}`.replace('@', '_');
      metrics[path] = [
        ...(metrics[path] ?? []),
        [step, Number.isNaN(value) ? 'NaN' : Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE), time],
      ];
    }
    return {step, time, values};
  };
  const cached = [1, 2].map((step) => record('codes', step, start - 5000 + step, {'neighbours@10': step / 3}));
  const training: RunEvent[] = Array.from({length: epochs}, (_, index) => ({
    type: 'stage-metrics',
    stage: 'aae',
    ...record('aae', index + 1, start + 10 * index, {
      reconstructionLoss: odd[index] ?? 1 / (index + 1),
      'validation/reconstructionLoss': Math.fround(2 / (index + 1)),
    }),
  }));
  const events: RunEvent[] = [
    {
      type: 'run-started',
      time: start,
      runId: `20231114-221320-${name}`,
      version: 2,
      recipe: {
        name,
        path: `pipelines/${name}.yaml`,
        seed: 42,
        params: {
          latent: 10,
          note: '“größe” 🙂 \ud800',
          'odd key!': true,
          'odd key?': false,
          '..': 'up',
          'a//b/': 1,
          [longKey]: 'long',
        },
      },
      stages: [
        {name: 'codes', use: 'featurize/encode', with: {}, after: []},
        {
          name: 'aae',
          use: 'train/adversarial-autoencoder',
          with: {encoder: [{dense: 392}, 'relu'], rate: 1e-3, text: '🙂'.repeat(5000)},
          after: [],
        },
        {
          name: 'map',
          use: 'visualise/tsne',
          with: Object.fromEntries(Array.from({length: 250}, (_, index) => [`p${index}`, index])),
          after: ['aae'],
        },
      ],
      environment: {node: 'v20.0.0', user: 'ada', commit: 'c0ffee', dirty: 'true', backend: 'tensorflow 2.21.0 (cpu)'},
    },
    {type: 'stage-cached', time: start + 1, stage: 'codes', key: key('codes'), seconds: 3, outputs: {}, metrics: cached},
    {type: 'stage-started', time: start + 2, stage: 'aae', key: key('aae'), reason: 'rate 1e-4 → 1e-3'},
    {type: 'stage-progress', time: start + 3, stage: 'aae', done: 1, total: 9, unit: 'step', figures: {loss: 1}},
    {type: 'stage-log', time: start + 4, stage: 'aae', text: 'a line'},
    {type: 'stage-picture', time: start + 5, stage: 'aae', name: 'samples', step: 58, digest: picture},
    ...training,
    {
      type: 'stage-finished',
      time: start + 20_000,
      stage: 'aae',
      key: key('aae'),
      seconds: 12.345,
      peakBytes: 1e9,
      outputs: {
        history: {kind: 'table', digest: table.digest, files: [table]},
        encoder: {kind: 'embedding', digest: weights.digest, files: [weights]},
      },
    },
    {
      type: 'stage-finished',
      time: start + 20_001,
      stage: 'map',
      key: key('map'),
      seconds: 1,
      peakBytes: 1e9,
      outputs: {
        figure: {kind: 'figure', digest: figure.digest, files: [figure]},
        legend: {kind: 'figure', digest: second.digest, files: [second]},
      },
    },
    {
      type: 'stage-failed',
      time: start + 20_002,
      stage: 'broken',
      message: 'Expected a lot, got `nothing` …',
      stack: '',
      tail: '',
    },
    {type: 'stage-skipped', time: start + 20_003, stage: 'late', because: 'broken'},
    {type: 'run-finished', time: start + 20_004, outcome: 'failed', seconds: 20},
  ];
  return {folder, store, events, metrics, files, remove: () => rmSync(folder, {recursive: true, force: true})};
}
