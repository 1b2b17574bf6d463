import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {type Digest, digestBytes} from '#tfpipe/core/digest.js';
import {eventsVersion, type RunEvent} from '#tfpipe/core/events.js';
import type {Store} from '#tfpipe/core/store.js';
import {journal} from '#tfpipe/history/journal.js';
import {openStore} from '#tfpipe/stores/open.js';

export type Outcome = 'done' | 'failed' | 'interrupted';

/** A run as a server has it, in words that all kinds of trackers share. */
export interface ArrivedRun {
  readonly status: Outcome | 'running';
  /** Values as text: the recipe's params by name, a stage's as `stage.name`. */
  readonly params: Readonly<Record<string, string>>;
  /** Every point as [step, value], by `stage/metric`. */
  readonly metrics: Readonly<Record<string, readonly (readonly [step: number, value: number])[]>>;
  /** Contents of its files, wherever the tracker keeps them. */
  readonly files: readonly Buffer[];
}

export interface TrackedRun {
  readonly name: string;
  readonly folder: string;
  /** Has the results. */
  readonly store: Store;
  readonly events: readonly RunEvent[];
  /** What the server should have of it: at least these params and contents, and exactly these points. */
  readonly expected: {
    readonly params: ArrivedRun['params'];
    readonly metrics: ArrivedRun['metrics'];
    readonly contents: Readonly<Record<string, Digest>>;
  };
  remove(): void;
}

const start = 1_700_000_000_000;
const steps = 40;

/** A small run of one stage that trains and one that draws; its folder has its journal, as a run that has ended leaves it. */
export async function trackedRun(name: string, outcome: Outcome = 'done'): Promise<TrackedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'tfpipe-tracked-'));
  const contents: Record<string, Digest> = {};
  const store = await openStore(join(folder, 'store'));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), {recursive: true});
    writeFileSync(join(folder, file), text);
    contents[file] = digestBytes(text);
  };
  const keep = async (file: string, text: string) => {
    contents[file] = digestBytes(text);
    return {name: file, ...(await store.writeBlob(Buffer.from(text)))};
  };
  const picture = await keep('picture.png', `picture of ${name}`);
  write('pictures/mlp/sample-000001.png', `picture of ${name}`);
  const figure = await keep('figure.png', `figure of ${name}`);
  const table = await keep('table.json', `{"table": "${name}"}`);
  write('report.html', `<h1>${name}</h1>`);
  write('recipe.yaml', `name: ${name}`);

  const metrics: Record<string, [number, number][]> = {'mlp/loss': [], 'mlp/validation/loss': []};
  const training = Array.from({length: steps}, (_, index): RunEvent => {
    const values = {loss: 1 / (index + 3), 'validation/loss': index === 0 ? 1e300 : 0.1 * index};
    for (const [metric, value] of Object.entries(values)) metrics[`mlp/${metric}`]?.push([index + 1, value]);
    return {type: 'stage-metrics', time: start + 10 + index, stage: 'mlp', step: index + 1, values};
  });
  const key = digestBytes(name);
  const output = (kind: string, file: typeof figure) => ({kind, digest: file.digest, files: [file]});
  const events: RunEvent[] = [
    {
      type: 'run-started',
      version: eventsVersion,
      time: start,
      runId: `20231114-221320-${name}`,
      recipe: {name, path: `pipelines/${name}.yaml`, seed: 42, params: {epochs: steps, note: 'größe'}},
      stages: [
        {name: 'mlp', use: 'train/classifier', with: {batchSize: 32}, after: []},
        {name: 'map', use: 'visualise/tsne', with: {}, after: ['mlp']},
      ],
      environment: {node: 'v20.0.0', user: 'ada'},
    },
    {type: 'stage-started', time: start + 1, stage: 'mlp', key, reason: 'never computed before'},
    {type: 'stage-picture', time: start + 2, stage: 'mlp', name: 'sample', step: 1, digest: picture.digest},
    ...training,
    {
      type: 'stage-finished',
      time: start + 100,
      stage: 'mlp',
      key,
      seconds: 0.1,
      peakBytes: 1e6,
      outputs: {history: output('table', table)},
    },
    {
      type: 'stage-finished',
      time: start + 101,
      stage: 'map',
      key,
      seconds: 0.1,
      peakBytes: 1e6,
      outputs: {figure: output('figure', figure)},
    },
    {type: 'run-finished', time: start + 102, outcome, seconds: 0.102},
  ];
  const log = journal(join(folder, 'events.ndjson'));
  for (const event of events) log.hear(event);
  await log.close();
  const params = {epochs: String(steps), note: 'größe', 'mlp.batchSize': '32'};
  return {
    name,
    folder,
    store,
    events,
    expected: {params, metrics, contents},
    remove: () => rmSync(folder, {recursive: true, force: true}),
  };
}
