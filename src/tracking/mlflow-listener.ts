import {join} from 'node:path';
import type {RunEvent, RunListener, RunStarted, StageOutput} from '../runner/events.js';
import type {MetricPoint} from '../store/store.js';
import {type KeyValue, type Metric, MlflowClient, type MlflowFailure, type MlflowRun} from './mlflow-client.js';
import {flattenParams, mlflowName} from './mlflow-names.js';

export interface Delivery {
  readonly delivered: boolean;
  /** One sentence: what arrived, or what could not be sent and why. */
  readonly detail: string;
  readonly url?: string;
}

/** How long the end of a run waits for what has not been sent yet. */
const patienceMilliseconds = 30_000;

type Job = (client: MlflowClient, run: MlflowRun) => Promise<void>;

/**
 * Sends a run to an MLflow server while it goes on, without ever holding it up: events become jobs in a queue that is worked off
 * in the background, metrics in batches. When the server fails for good, the rest is left to the journal.
 */
export class MlflowFollower {
  readonly #url: string;
  readonly #folder: string;
  readonly #notice: (text: string) => void;
  #jobs: Job[] = [];
  #metrics: Metric[] = [];
  #connection: Promise<{client: MlflowClient; run: MlflowRun}> | undefined;
  #working: Promise<void> | undefined;
  #failure: string | undefined;
  #outcome: 'FINISHED' | 'FAILED' | 'KILLED' = 'FAILED';

  constructor(url: string, folder: string, notice: (text: string) => void) {
    this.#url = url;
    this.#folder = folder;
    this.#notice = notice;
  }

  readonly listener: RunListener = (event) => {
    switch (event.type) {
      case 'run-started':
        this.#connection = this.#connect(event, event.time);
        this.#connection.catch(() => undefined);
        return this.#add((client, run) => client.log(run.id, {params: flattenParams(event)}));
      case 'stage-metrics':
        return this.#addMetrics(event.stage, [event]);
      case 'stage-cached':
        this.#addMetrics(event.stage, event.metrics);
        this.#addTags([{key: `tfpipe.stage.${event.stage}`, value: 'cached'}]);
        return this.#addOutputs(event.stage, event.outputs);
      case 'stage-finished':
        this.#addTags([{key: `tfpipe.stage.${event.stage}`, value: `${event.seconds.toFixed(2)} s`}]);
        return this.#addOutputs(event.stage, event.outputs);
      case 'stage-failed':
        return this.#addTags([{key: `tfpipe.stage.${event.stage}`, value: `failed: ${event.message}`}]);
      case 'run-finished':
        this.#outcome = ({done: 'FINISHED', failed: 'FAILED', interrupted: 'KILLED'} as const)[event.outcome];
        return;
      default:
        return;
    }
  };

  /** Sends what is left, with the report and the journal, and ends the run there. */
  async close(): Promise<Delivery> {
    for (const [path, file] of [
      ['report.html', 'report.html'],
      ['recipe.yaml', 'recipe.yaml'],
      ['events.ndjson', 'events.ndjson'],
    ] as const)
      this.#add((client, run) => client.upload(run, path, join(this.#folder, file)));
    this.#add((client, run) => client.finish(run.id, this.#outcome, Date.now()));
    const timedOut = Symbol();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<symbol>((resolve) => {
      timer = setTimeout(() => resolve(timedOut), patienceMilliseconds);
    });
    const ended = await Promise.race([this.#idle(), patience]);
    clearTimeout(timer);
    if (ended === timedOut) this.#failure ??= `the server was too slow: ${this.#jobs.length} messages were not sent`;
    const connected = await this.#connection?.catch(() => undefined);
    await connected?.client.close();
    const url = connected && {url: connected.client.page(connected.run)};
    if (this.#failure === undefined) return {delivered: true, detail: 'everything was sent', ...url};
    return {delivered: false, detail: `not everything was sent: ${this.#failure}; the run's journal has it all`, ...url};
  }

  async #connect(started: RunStarted, time: number): Promise<{client: MlflowClient; run: MlflowRun}> {
    const client = await MlflowClient.connect(this.#url);
    const experiment = await client.experiment(started.recipe.name);
    return {client, run: await client.createRun(experiment, started.runId, time, runTags(started))};
  }

  #add(job: Job): void {
    if (this.#failure !== undefined) return;
    this.#jobs.push(job);
    this.#work();
  }

  #addTags(tags: readonly KeyValue[]): void {
    this.#add((client, run) => client.log(run.id, {tags: tags.map(({key, value}) => ({key: mlflowName(key), value}))}));
  }

  #addMetrics(stage: string, points: readonly (MetricPoint | Extract<RunEvent, {type: 'stage-metrics'}>)[]): void {
    if (this.#failure !== undefined) return;
    for (const {step, time, values} of points)
      for (const [name, value] of Object.entries(values))
        this.#metrics.push({key: mlflowName(`${stage}/${name}`), value, timestamp: time, step});
    this.#work();
  }

  #addOutputs(stage: string, outputs: Readonly<Record<string, StageOutput>>): void {
    for (const [port, output] of Object.entries(outputs)) {
      for (const {name, path} of output.files) {
        const target = artifactPath(stage, port, output.kind, name);
        if (target) this.#add((client, run) => client.upload(run, target, path));
      }
    }
  }

  #work(): void {
    this.#working ??= this.#drain().finally(() => {
      this.#working = undefined;
      if (this.#failure === undefined && this.#jobs.length + this.#metrics.length > 0) this.#work();
    });
  }

  async #drain(): Promise<void> {
    try {
      const {client, run} = (await this.#connection) ?? {};
      if (!client || !run) return;
      while (this.#jobs.length + this.#metrics.length > 0) {
        const metrics = this.#metrics;
        this.#metrics = [];
        if (metrics.length > 0) await client.log(run.id, {metrics});
        const job = this.#jobs[0];
        if (job) await job(client, run);
        this.#jobs.shift();
      }
    } catch (error) {
      this.#failure = (error as MlflowFailure).message;
      this.#jobs = [];
      this.#metrics = [];
      this.#notice(`MLflow: ${this.#failure}; the run goes on, its journal has everything`);
    }
  }

  async #idle(): Promise<void> {
    while (this.#working) await this.#working;
  }
}

function runTags({recipe, environment}: RunStarted): readonly KeyValue[] {
  const {user, commit, ...rest} = environment;
  return [
    {key: 'mlflow.source.name', value: recipe.path},
    {key: 'mlflow.source.type', value: 'LOCAL'},
    ...(user ? [{key: 'mlflow.user', value: user}] : []),
    ...(commit ? [{key: 'mlflow.source.git.commit', value: commit}] : []),
    {key: 'tfpipe.recipe', value: recipe.name},
    {key: 'tfpipe.seed', value: String(recipe.seed)},
    ...Object.entries(rest).map(([name, value]) => ({key: `tfpipe.${name}`, value})),
  ];
}

/** Where an output's file goes among the artifacts: pictures and tables, since data and weights stay in the store. */
function artifactPath(stage: string, port: string, kind: string, file: string): string | undefined {
  if (kind === 'figure' && file === 'figure.png') return `figures/${stage}${port === 'figure' ? '' : `-${port}`}.png`;
  if (kind === 'table' && file === 'table.json') return `tables/${stage}-${port}.json`;
  return undefined;
}
