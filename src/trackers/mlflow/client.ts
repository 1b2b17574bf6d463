import {createReadStream} from 'node:fs';
import {readFile, stat} from 'node:fs/promises';
import {STATUS_CODES} from 'node:http';
import {homedir} from 'node:os';
import {join} from 'node:path';
import type {Dispatcher} from 'undici';
import {artifactAddress, contentType, serverAddress, tlsOptions} from './address.js';
import {type Batch, jsonNumber} from './batches.js';
import type {DatasetInput} from './datasets.js';
import {badAnswer, MlflowFailure, noAnswer, notMlflow, readable} from './failure.js';
import {type KeyValue, wellFormed} from './names.js';

export interface MlflowRun {
  readonly id: string;
  readonly experimentId: string;
  /** `mlflow-artifacts:/…` when the server keeps artifacts itself. */
  readonly artifactUri: string;
}

/** State of a run on a server. */
interface RunState {
  readonly status: string;
  readonly endTime: number | undefined;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
}

interface RunInfo {
  readonly info: {readonly run_id: string; readonly experiment_id: string; readonly artifact_uri: string};
}

/** The tag by which a run is known to whoever sends it again: unlike its name, it is unique. */
const identityTag = 'tfpipe.run';
/** The tag by which a version of a registered model is known to hold the same as another. */
const digestTag = 'tfpipe.digest';
/** Parameter of an address that makes MLflow 3 show training, not chats; others ignore it. */
const modelTrainingView = '?workflowType=machine_learning';
/** Without it, MLflow 3 shows a new experiment as one of chats and traces: its page opens on an empty overview. */
const modelTraining: KeyValue = {key: 'mlflow.experimentKind', value: 'custom_model_development'};
/** Time that the server may take to be reached, and to answer once it has the whole request. */
const connectMilliseconds = 5_000;
const answerMilliseconds = 20_000;

/**
 * MLflow's REST API 2.0, as far as a run needs it. Every method makes its calls once and rejects with an `MlflowFailure`; each may
 * be repeated, since the server takes the same param, tag, point or file twice as once.
 */
export class MlflowClient {
  /** Without credentials: fit for messages. */
  readonly url: string;
  readonly #headers: Record<string, string>;
  readonly #request: typeof import('undici').request;
  readonly #agent: Dispatcher;

  private constructor(url: string, undici: typeof import('undici'), credentials: string) {
    const address = serverAddress(url, process.env, credentials);
    this.url = address.url;
    this.#headers = address.headers;
    this.#request = undici.request;
    this.#agent = new undici.Agent({
      connect: {timeout: connectMilliseconds, ...tlsOptions(process.env)},
      headersTimeout: answerMilliseconds,
      bodyTimeout: answerMilliseconds,
    });
  }

  static async connect(url: string): Promise<MlflowClient> {
    const credentials = readFile(join(homedir(), '.mlflow', 'credentials'), 'utf8').catch(() => '');
    return new MlflowClient(url, await import('undici'), await credentials);
  }

  /** Id of the experiment of this name, made or brought back from the bin when needed. */
  async experiment(name: string): Promise<string> {
    const found = await this.#findExperiment(name);
    if (found !== undefined) return found;
    try {
      return (await this.#call<{experiment_id: string}>('POST', 'experiments/create', {name, tags: [modelTraining]}))
        .experiment_id;
    } catch (error) {
      // another process has made it since
      const made = isFailure(error, 'RESOURCE_ALREADY_EXISTS') ? await this.#findExperiment(name) : undefined;
      if (made === undefined) throw error;
      return made;
    }
  }

  async createRun(options: {
    readonly experimentId: string;
    readonly identity: string;
    readonly name: string;
    readonly startTime: number;
    readonly tags: readonly KeyValue[];
  }): Promise<MlflowRun> {
    const {run} = await this.#call<{run: RunInfo}>('POST', 'runs/create', {
      experiment_id: options.experimentId,
      run_name: wellFormed(options.name),
      start_time: options.startTime,
      tags: [...options.tags, {key: identityTag, value: options.identity}],
    });
    return runOf(run);
  }

  /** The run that was created with this identity, if the server has it. */
  async findRun(experimentId: string, identity: string): Promise<MlflowRun | undefined> {
    const {runs = []} = await this.#call<{runs?: readonly RunInfo[]}>('POST', 'runs/search', {
      experiment_ids: [experimentId],
      filter: `tags.\`${identityTag}\` = '${identity}'`,
      max_results: 1,
    });
    return runs[0] && runOf(runs[0]);
  }

  async state({id}: MlflowRun): Promise<RunState> {
    type Answer = {run: {info: {status: string; end_time?: number}; data: {params?: KeyValue[]; tags?: KeyValue[]}}};
    const {run} = await this.#call<Answer>('GET', `runs/get?run_id=${id}`);
    const map = (entries: readonly KeyValue[] = []) => new Map(entries.map(({key, value}) => [key, value]));
    return {
      status: run.info.status,
      endTime: run.info.end_time && Number(run.info.end_time),
      params: map(run.data.params),
      tags: map(run.data.tags),
    };
  }

  /** Sizes in bytes of all of a run's artifacts, by path. */
  async files(run: MlflowRun, folder = ''): Promise<ReadonlyMap<string, number>> {
    type Entry = {path: string; is_dir: boolean; file_size?: number};
    const query = `artifacts/list?run_id=${run.id}${folder && `&path=${encodeURIComponent(folder)}`}`;
    const {files = []} = await this.#call<{files?: readonly Entry[]}>('GET', query);
    const found = new Map<string, number>();
    for (const {path, is_dir: isFolder, file_size: bytes} of files) {
      const inside = isFolder ? await this.files(run, path) : [[path, Number(bytes ?? 0)] as const];
      for (const [name, size] of inside) found.set(name, size);
    }
    return found;
  }

  /** Logs a batch, which must be within the server's limits: see `firstBatch`. */
  async log(runId: string, {params, tags, metrics}: Batch): Promise<void> {
    const values = metrics.map((metric) => ({...metric, value: jsonNumber(metric.value)}));
    await this.#call('POST', 'runs/log-batch', {run_id: runId, params, tags, metrics: values});
  }

  /** Lists datasets that the run begins with; servers before 2.4 know none. */
  async logInputs(runId: string, datasets: readonly DatasetInput[]): Promise<void> {
    try {
      await this.#call('POST', 'runs/log-inputs', {run_id: runId, datasets});
    } catch (error) {
      if (!isFailure(error, 'HTTP_404') && !isFailure(error, 'ENDPOINT_NOT_FOUND')) throw error;
    }
  }

  /** Ends a run; `endTime` in milliseconds since 1970. */
  async finish(runId: string, status: 'FINISHED' | 'FAILED' | 'KILLED', endTime: number): Promise<void> {
    await this.#call('POST', 'runs/update', {run_id: runId, status, end_time: endTime});
  }

  /** Sends a file, streamed, or bytes, to `path` (forward slashes) among the run's artifacts. */
  async upload(run: MlflowRun, path: string, content: string | Uint8Array): Promise<void> {
    const address = artifactAddress(this.url, run.artifactUri, path);
    if (address === undefined) {
      const remedy = 'start it with --serve-artifacts so that they can be sent through it';
      throw new MlflowFailure('NO_ARTIFACT_PROXY', 'refused', `the server keeps artifacts at ${run.artifactUri}; ${remedy}`);
    }
    const size = typeof content === 'string' ? (await readable(path, stat(content))).size : content.length;
    const headers = {'content-type': contentType(path), 'content-length': String(size)};
    // of a file exactly the bytes that were announced, should it be growing
    const body = (): Dispatcher.DispatchOptions['body'] =>
      typeof content === 'string' ? createReadStream(content, {end: size - 1}) : content;
    await this.#send('PUT', address, size === 0 ? '' : body(), headers);
  }

  /**
   * Makes what a run logged at `path` a version of a registered model, unless a version of it holds the same: `digest` is that of
   * architecture and weights.
   */
  async register(run: MlflowRun, name: string, path: string, digest: string): Promise<void> {
    try {
      await this.#call('POST', 'registered-models/create', {name});
    } catch (error) {
      if (!isFailure(error, 'RESOURCE_ALREADY_EXISTS')) throw error;
    }
    type Version = {tags?: readonly KeyValue[]};
    const query = `model-versions/search?filter=${encodeURIComponent(`name='${name}'`)}&max_results=1000`;
    const {model_versions: versions = []} = await this.#call<{model_versions?: readonly Version[]}>('GET', query);
    const isSame = ({key, value}: KeyValue): boolean => key === digestTag && value === digest;
    if (versions.some(({tags = []}) => tags.some(isSame))) return;
    const tags = [{key: digestTag, value: digest}];
    await this.#call('POST', 'model-versions/create', {name, source: `${run.artifactUri}/${path}`, run_id: run.id, tags});
  }

  /** Page of a run in the server's own interface. */
  page(run: MlflowRun): string {
    return `${this.url}/#/experiments/${run.experimentId}/runs/${run.id}${modelTrainingView}`;
  }

  /** Breaks off whatever is under way. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #findExperiment(name: string): Promise<string | undefined> {
    type Found = {experiment: {experiment_id: string; lifecycle_stage: string}};
    const query = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    try {
      const {experiment} = await this.#call<Found>('GET', query);
      if (experiment.lifecycle_stage === 'deleted')
        await this.#call('POST', 'experiments/restore', {experiment_id: experiment.experiment_id});
      return experiment.experiment_id;
    } catch (error) {
      if (isFailure(error, 'RESOURCE_DOES_NOT_EXIST')) return undefined;
      throw error;
    }
  }

  async #call<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const text = body === undefined ? null : JSON.stringify(body);
    const answer = await this.#send(method, `${this.url}/api/2.0/mlflow/${path}`, text, {'content-type': 'application/json'});
    try {
      return JSON.parse(answer) as T;
    } catch {
      throw notMlflow(this.url);
    }
  }

  async #send(
    method: Dispatcher.HttpMethod,
    address: string,
    body: Dispatcher.DispatchOptions['body'],
    headers: Record<string, string>,
  ): Promise<string> {
    const options = {method, headers: {...this.#headers, ...headers}, body: body ?? null, dispatcher: this.#agent};
    const {status, text} = await this.#request(address, options)
      .then(async ({statusCode, body}) => ({status: statusCode, text: await body.text()}))
      .catch((error: unknown) => {
        throw noAnswer(this.url, error);
      });
    if (status < 300) return text;
    throw badAnswer(this.url, status, STATUS_CODES[status] ?? 'no reason', text);
  }
}

const runOf = ({info}: RunInfo): MlflowRun => ({
  id: info.run_id,
  experimentId: info.experiment_id,
  artifactUri: info.artifact_uri,
});

const isFailure = (error: unknown, code: string): boolean => error instanceof MlflowFailure && error.code === code;
