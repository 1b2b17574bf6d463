import {existsSync, statSync} from 'node:fs';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import {digestBytes} from '../../core/digest.js';
import type {MetricPoint, RunEvent, RunStarted, StageOutput, StagePicture} from '../../core/events.js';
import type {Delivery, Follower, FollowOptions, Patience} from '../../core/tracker.js';
import {Results} from '../../history/results.js';
import {pictureFile} from '../../history/run-folder.js';
import {RunState} from '../../history/run-state.js';
import type {Metric} from './batches.js';
import {MlflowClient, type MlflowRun} from './client.js';
import {datasetInputs} from './datasets.js';
import {describeRun, runName} from './description.js';
import {readable} from './failure.js';
import {flattenParams, type KeyValue, longestTag, mlflowName, mlflowTag, modelPath, wellFormed} from './names.js';
import {MlflowOutbox, sentTag} from './outbox.js';
import type {Arrived, Session} from './session.js';

/** Files that the end of a run sends, when they are there. */
const closingFiles = ['report.html', 'recipe.yaml', 'events.ndjson'] as const;

/** The tag that says whether all of a run is there. */
const deliveredTag = 'tfpipe.delivered';

/** Shows a run on an MLflow server: every event becomes entries of an outbox. */
export class MlflowFollower implements Follower {
  readonly #url: string;
  readonly #options: FollowOptions;
  readonly #outbox: MlflowOutbox;
  #client: MlflowClient | undefined;
  #ended: End | undefined;
  #points = 0;
  readonly #results: Results;
  readonly #state = new RunState();
  readonly #models = new Map<string, object>();
  readonly #versions: ((session: Session) => Promise<void>)[] = [];

  constructor(url: string, options: FollowOptions) {
    this.#url = url;
    this.#options = options;
    this.#results = new Results(options.store);
    this.#outbox = new MlflowOutbox((again) => this.#connect(again), options.notice);
  }

  hear(event: RunEvent): void {
    this.#state.hear(event);
    switch (event.type) {
      case 'run-started':
        return this.#outbox.add({params: flattenParams(event)});
      case 'stage-metrics':
        return this.#addPoints(event.stage, [event]);
      case 'stage-picture':
        return this.#addPicture(event);
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
    if (!this.#state.started) return {delivered: true, detail: 'there was nothing to send'};
    for (const name of closingFiles) {
      const file = join(this.#options.folder, name);
      if (existsSync(file)) this.#outbox.addFile(name, async () => file);
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
    const {started, stages} = this.#state;
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
    return {
      client,
      run: await client.createRun({
        experimentId,
        identity,
        name,
        startTime: time,
        tags: runTags(started, describeRun({started, stages}, this.#options.folder)),
      }),
    };
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
    const {path, files, history} = await loggedModel(
      run,
      stage,
      port,
      await readable(modelPath(stage, port), this.#results.model(output)),
      this.#state.started?.time ?? 0,
    );
    for (const [name, bytes] of Object.entries(files)) await client.upload(run, `${path}/${name}`, bytes);
    this.#models.set(path, history);
    const value = JSON.stringify([...this.#models.values()]);
    // MLflow's own list of a run's models; one that is cut would be none
    const tags = value.length <= longestTag ? [{key: 'mlflow.log-model.history', value}] : [];
    await client.log(run.id, {params: [], metrics: [], tags});
  }

  #addPicture(picture: StagePicture): void {
    const {folder} = this.#options;
    this.#outbox.add({tags: [mlflowTag('mlflow.loggedImages', 'True')]});
    for (const path of steppedImage(picture))
      this.#outbox.addFile(path, () => this.#results.picture(folder, picture), sizeOfFile(join(folder, pictureFile(picture))));
  }

  #describe(): void {
    const {started, stages} = this.#state;
    if (started)
      this.#outbox.add({tags: [mlflowTag('mlflow.note.content', describeRun({started, stages}, this.#options.folder))]});
  }

  #addOutputs(stage: string, outputs: Readonly<Record<string, StageOutput>>): void {
    const planned = this.#state.started?.stages.find(({name}) => name === stage);
    const begins = planned?.after.length === 0 && planned;
    for (const [port, output] of Object.entries(outputs)) {
      if (begins && output.kind === 'dataset')
        this.#outbox.addCall(async ({client, run}) => {
          const splits = await readable(`${stage}.${port}`, this.#results.splits(output));
          await client.logInputs(run.id, datasetInputs(begins, splits));
        });
      if (output.kind === 'model') this.#outbox.addCall((session) => this.#sendModel(session, stage, port, output));
      const name = planned?.register?.[port];
      if (name !== undefined)
        this.#versions.push(({client, run}) => client.register(run, name, modelPath(stage, port), output.digest));
      const shown = this.#results.shown(output);
      if (shown)
        this.#outbox.addFile(artifactPath(stage, port, output.kind), () => this.#options.store.file(shown.digest), shown.bytes);
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
function steppedImage({stage, name, step, time}: StagePicture): readonly string[] {
  const key = mlflowName(`${stage}/${name}`).replaceAll('/', '~');
  const [a, b, c, d, e] = [8, 12, 16, 20, 32].map((end, index, ends) =>
    digestBytes(`${key} ${step} ${time}`).slice(ends[index - 1] ?? 0, end),
  );
  const image = `images/${key}+step+${step}+timestamp+${time}+${a}-${b}-${c}-${d}-${e}`;
  return [`${image}.png`, `${image}+compressed.png`];
}

function runTags(started: RunStarted, note: string): readonly KeyValue[] {
  const {recipe, environment, runId} = started;
  const {user = userName(), commit, dirty, ...rest} = environment;
  const tags = {
    'mlflow.source.name': recipe.path,
    'mlflow.source.type': 'LOCAL',
    ...(user !== undefined && {'mlflow.user': user}),
    ...(commit !== undefined && {'mlflow.source.git.commit': commit}),
    ...(dirty !== undefined && {'mlflow.source.git.dirty': dirty}),
    'mlflow.note.content': note,
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

/** Where the file that shows an output goes among the artifacts: pictures and tables, since data and weights stay in the store. */
const artifactPath = (stage: string, port: string, kind: string): string =>
  kind === 'figure' ? `figures/${stage}${port === 'figure' ? '' : `-${port}`}.png` : `tables/${stage}-${port}.json`;
