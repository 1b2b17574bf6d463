import {existsSync, statSync} from 'node:fs';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import {digestBytes} from '../../core/digest.js';
import type {RunEvent, RunStarted, StageOutput, StagePicture} from '../../core/events.js';
import type {MetricPoint} from '../../core/store.js';
import type {Delivery, Follower, FollowOptions, Patience} from '../../core/tracker.js';
import type {Metric} from './batches.js';
import {MlflowClient, type MlflowRun} from './client.js';
import {datasetInputs} from './datasets.js';
import {describeRun, runName} from './description.js';
import {flattenParams, type KeyValue, longestTag, mlflowName, mlflowTag, modelPath, wellFormed} from './names.js';
import {MlflowOutbox, sentTag} from './outbox.js';
import type {Arrived, Session} from './session.js';

/** What the end of a run sends, when it is there. */
const closingFiles = ['report.html', 'recipe.yaml', 'events.ndjson'] as const;

/** The tag that says whether all of a run is there. */
const deliveredTag = 'tfpipe.delivered';

/** Shows a run on an MLflow server: every event becomes entries of an outbox. */
export class MlflowFollower implements Follower {
  readonly #url: string;
  readonly #options: FollowOptions;
  readonly #outbox: MlflowOutbox;
  #started: (RunStarted & {readonly time: number}) | undefined;
  #client: MlflowClient | undefined;
  #ended: End | undefined;
  #points = 0;
  readonly #events: RunEvent[] = [];
  readonly #models = new Map<string, object>();
  readonly #versions: ((session: Session) => Promise<void>)[] = [];

  constructor(url: string, options: FollowOptions) {
    this.#url = url;
    this.#options = options;
    this.#outbox = new MlflowOutbox((again) => this.#connect(again), options.notice);
  }

  hear(event: RunEvent): void {
    if (this.#started && event.type !== 'stage-progress') this.#events.push(event);
    switch (event.type) {
      case 'run-started':
        this.#started = event;
        return this.#outbox.add({params: flattenParams(event)});
      case 'stage-metrics':
        return this.#addPoints(event.stage, [event]);
      case 'stage-picture':
        this.#outbox.add({tags: [mlflowTag('mlflow.loggedImages', 'True')]});
        for (const path of steppedImage(event)) this.#outbox.addFile(path, event.path, sizeOfFile(event.path));
        return;
      case 'stage-cached':
        this.#outbox.add({tags: [stageTag(event.stage, 'cached')]});
        this.#addPoints(event.stage, event.metrics);
        return this.#addOutputs(event.stage, event.outputs);
      case 'system-metrics':
        return this.#addPoints('system', [event]);
      case 'stage-finished':
        this.#outbox.add({tags: [stageTag(event.stage, `${event.seconds.toFixed(2)} s`)]});
        return this.#addOutputs(event.stage, event.outputs);
      case 'stage-failed':
        return this.#outbox.add({tags: [stageTag(event.stage, `failed: ${event.message}`)]});
      case 'stage-skipped':
        return this.#outbox.add({tags: [stageTag(event.stage, `skipped: ${event.because} failed`)]});
      case 'run-finished':
        this.#ended = {status: runStatus[event.outcome], time: event.time};
        if (event.outcome === 'done') for (const register of this.#versions) this.#outbox.addCall(register);
        return this.#describe();
      case 'stage-started':
      case 'stage-progress':
      case 'stage-log':
      case 'check-failed':
        return;
      default:
        event satisfies never;
    }
  }

  /** Sends what is left, with the report and the journal, and ends the run there. */
  async close(patience?: Patience): Promise<Delivery> {
    if (!this.#started) return {delivered: true, detail: 'there was nothing to send'};
    for (const name of closingFiles) {
      const file = join(this.#options.folder, name);
      if (existsSync(file)) this.#outbox.addFile(name, file);
    }
    this.#ended ??= {status: 'FAILED', time: Date.now()};
    const {status, time} = this.#ended;
    const end = async ({client, run}: Session, refusals: readonly string[]): Promise<void> => {
      const value = refusals[0] === undefined ? 'whole' : `not everything: ${refusals[0]}`;
      await client.log(run.id, {params: [], tags: [mlflowTag(deliveredTag, value)], metrics: []});
      await client.finish(run.id, status, time);
    };
    try {
      return await this.#outbox.close(end, patience);
    } finally {
      await this.#client?.close();
    }
  }

  /** The run on the server: made, or found when an answer to an earlier call was lost. */
  async #connect(lost: boolean): Promise<Session> {
    const started = this.#started;
    if (!started) throw new Error('there is no run to connect');
    const {time, recipe} = started;
    const name = runName(started);
    // the same for whoever sends this run again from its journal
    const identity = digestBytes(JSON.stringify(started)).slice(0, 32);
    this.#client ??= await MlflowClient.connect(this.#url);
    const client = this.#client;
    const experimentId = await client.experiment(wellFormed(recipe.name));
    const run = lost || this.#options.again ? await client.findRun(experimentId, identity) : undefined;
    if (run) return {client, run, arrived: await this.#arrived(client, run)};
    return {client, run: await client.createRun({experimentId, identity, name, startTime: time, tags: runTags(started)})};
  }

  async #arrived(client: MlflowClient, run: MlflowRun): Promise<Arrived | 'whole'> {
    const {status, endTime, params, tags} = await client.state(run);
    const points = Number(tags.get(sentTag) ?? 0);
    const ended = status === this.#ended?.status && endTime === this.#ended.time;
    if (ended && points === this.#points && tags.get(deliveredTag) === 'whole') return 'whole';
    return {points, params, tags, files: await client.files(run)};
  }

  #addPoints(stage: string, reported: readonly MetricPoint[]): void {
    const metrics = points(stage, reported);
    this.#points += metrics.length;
    this.#outbox.add({metrics});
  }

  async #sendModel({client, run}: Session, stage: string, port: string, output: StageOutput): Promise<void> {
    const {loggedModel} = await import('./model.js');
    const {path, files, history} = await loggedModel(run, stage, port, output, this.#started?.time ?? 0);
    for (const [name, bytes] of Object.entries(files)) await client.upload(run, `${path}/${name}`, bytes);
    this.#models.set(path, history);
    const value = JSON.stringify([...this.#models.values()]);
    // MLflow's own list of a run's models; one that is cut would be none
    const tags = value.length <= longestTag ? [{key: 'mlflow.log-model.history', value}] : [];
    await client.log(run.id, {params: [], metrics: [], tags});
  }

  #describe(): void {
    if (this.#started)
      this.#outbox.add({
        tags: [mlflowTag('mlflow.note.content', describeRun({...this.#started, folder: this.#options.folder}, this.#events))],
      });
  }

  #addOutputs(stage: string, outputs: Readonly<Record<string, StageOutput>>): void {
    const planned = this.#started?.stages.find(({name}) => name === stage);
    const begins = planned?.after.length === 0 && planned;
    for (const [port, output] of Object.entries(outputs)) {
      if (begins && output.kind === 'dataset')
        this.#outbox.addCall(async ({client, run}) => client.logInputs(run.id, await datasetInputs(begins, output)));
      if (output.kind === 'model') this.#outbox.addCall((session) => this.#sendModel(session, stage, port, output));
      const name = planned?.register?.[port];
      if (name !== undefined)
        this.#versions.push(({client, run}) => client.register(run, name, modelPath(stage, port), output.digest));
      for (const {name, path, bytes} of output.files) {
        const target = artifactPath(stage, port, output.kind, name);
        if (target !== undefined) this.#outbox.addFile(target, path, bytes);
      }
    }
  }
}

interface End {
  readonly status: 'FINISHED' | 'FAILED' | 'KILLED';
  /** Milliseconds since 1970. */
  readonly time: number;
}

const sizeOfFile = (path: string): number | undefined => statSync(path, {throwIfNoEntry: false})?.size;

const runStatus = {done: 'FINISHED', failed: 'FAILED', interrupted: 'KILLED', 'check-failed': 'FAILED'} as const;

const stageTag = (stage: string, value: string): KeyValue => mlflowTag(`tfpipe.stage.${stage}`, value);

function points(stage: string, reported: readonly MetricPoint[]): readonly Metric[] {
  return reported.flatMap(({step, time, values}) =>
    Object.entries(values).map(([name, value]) => ({key: mlflowName(`${stage}/${name}`), value, timestamp: time, step})),
  );
}

/**
 * Where MLflow looks for images with a step (`MlflowClient.log_image`), and for their smaller forms, without which its charts stay
 * empty: ours are small already. The same picture sent again takes the same place.
 */
function steppedImage({stage, name, step, time}: StagePicture & {readonly time: number}): readonly string[] {
  const key = mlflowName(`${stage}/${name}`).replaceAll('/', '~');
  const [a, b, c, d, e] = [8, 12, 16, 20, 32].map((end, index, ends) =>
    digestBytes(`${key} ${step} ${time}`).slice(ends[index - 1] ?? 0, end),
  );
  const image = `images/${key}+step+${step}+timestamp+${time}+${a}-${b}-${c}-${d}-${e}`;
  return [`${image}.png`, `${image}+compressed.png`];
}

function runTags(started: RunStarted): readonly KeyValue[] {
  const {recipe, environment, runId} = started;
  const {user = userName(), commit, dirty, ...rest} = environment;
  const tags = {
    'mlflow.source.name': recipe.path,
    'mlflow.source.type': 'LOCAL',
    ...(user !== undefined && {'mlflow.user': user}),
    ...(commit !== undefined && {'mlflow.source.git.commit': commit}),
    ...(dirty !== undefined && {'mlflow.source.git.dirty': dirty}),
    'mlflow.note.content': describeRun(started, []),
    'tfpipe.folder': runId,
    'tfpipe.recipe': recipe.name,
    'tfpipe.seed': String(recipe.seed),
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [`tfpipe.${name}`, value])),
  };
  return Object.entries(tags).map(([key, value]) => mlflowTag(key, value));
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // a container's user may have a number and no name
    return undefined;
  }
}

/** Where an output's file goes among the artifacts: pictures and tables, since data and weights stay in the store. */
function artifactPath(stage: string, port: string, kind: string, file: string): string | undefined {
  if (kind === 'figure' && file === 'figure.png') return `figures/${stage}${port === 'figure' ? '' : `-${port}`}.png`;
  if (kind === 'table' && file === 'table.json') return `tables/${stage}-${port}.json`;
  return undefined;
}
