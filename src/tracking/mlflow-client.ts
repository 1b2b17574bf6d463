import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {setTimeout as wait} from 'node:timers/promises';
import type {Dispatcher} from 'undici';

/** A call that the server did not carry out. `status` is 0 when there was no answer at all. */
export class MlflowFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  /** Whether the same call may succeed later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface Metric {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface MlflowRun {
  readonly id: string;
  readonly experimentId: string;
  /** `mlflow-artifacts:/…` when the server keeps artifacts itself. */
  readonly artifactUri: string;
}

/** The server's own limits for one log-batch (MLflow REST API, "Log Batch"). */
const batchLimits = {metrics: 1000, params: 100, tags: 100} as const;
/** Longest param value MLflow keeps (MLflow 2.8 and later). */
export const longestParam = 6000;
const longestTag = 5000;
const attempts = 4;
const callMilliseconds = 20_000;

/** MLflow's REST API 2.0, as far as a run needs it. Every method rejects with a `MlflowFailure`. */
export class MlflowClient {
  readonly url: string;
  readonly #headers: Record<string, string>;
  readonly #request: typeof import('undici').request;
  readonly #agent: Dispatcher;

  private constructor(url: string, undici: typeof import('undici')) {
    this.url = url.replace(/\/+$/, '');
    this.#headers = authorisation();
    this.#request = undici.request;
    this.#agent = new undici.Agent({keepAliveTimeout: 10_000});
  }

  static async connect(url: string): Promise<MlflowClient> {
    return new MlflowClient(url, await import('undici'));
  }

  /** Id of the experiment of this name, made or brought back from the bin when needed. */
  async experiment(name: string): Promise<string> {
    const found = await this.#find(name);
    if (found) return found;
    try {
      const {experiment_id: id} = await this.#call<{experiment_id: string}>('POST', 'experiments/create', {name});
      return id;
    } catch (error) {
      // someone else made it in the meantime
      if (error instanceof MlflowFailure && error.code === 'RESOURCE_ALREADY_EXISTS')
        return (await this.#find(name)) ?? Promise.reject(error);
      throw error;
    }
  }

  async createRun(experimentId: string, name: string, startTime: number, tags: readonly KeyValue[]): Promise<MlflowRun> {
    const body = {experiment_id: experimentId, run_name: name, start_time: startTime, tags: tags.map(shortTag)};
    const {run} = await this.#call<{run: {info: {run_id: string; artifact_uri: string}}}>('POST', 'runs/create', body);
    return {id: run.info.run_id, experimentId, artifactUri: run.info.artifact_uri};
  }

  /** Logs any number of points, in as few calls as the server allows. */
  async log(
    runId: string,
    points: {readonly metrics?: readonly Metric[]; readonly params?: readonly KeyValue[]; readonly tags?: readonly KeyValue[]},
  ): Promise<void> {
    const {metrics = [], params = [], tags = []} = points;
    const calls = Math.max(
      Math.ceil(metrics.length / batchLimits.metrics),
      Math.ceil(params.length / batchLimits.params),
      Math.ceil(tags.length / batchLimits.tags),
    );
    const part = <T>(values: readonly T[], index: number, size: number): readonly T[] =>
      values.slice(index * size, (index + 1) * size);
    for (let index = 0; index < calls; index++) {
      await this.#call('POST', 'runs/log-batch', {
        run_id: runId,
        metrics: part(metrics, index, batchLimits.metrics).map((metric) => ({...metric, value: jsonNumber(metric.value)})),
        params: part(params, index, batchLimits.params),
        tags: part(tags, index, batchLimits.tags).map(shortTag),
      });
    }
  }

  async finish(runId: string, status: 'FINISHED' | 'FAILED' | 'KILLED', endTime: number): Promise<void> {
    await this.#call('POST', 'runs/update', {run_id: runId, status, end_time: endTime});
  }

  /** Uploads a file under `path` (forward slashes) among the run's artifacts, streamed. */
  async upload(run: MlflowRun, path: string, file: string): Promise<void> {
    const root = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(run.artifactUri)?.[1];
    if (root === undefined)
      throw new MlflowFailure(
        400,
        'NO_ARTIFACT_PROXY',
        `the server keeps artifacts at ${run.artifactUri}; start it with --serve-artifacts so that they can be sent through it`,
      );
    const target = [root, path].join('/').split('/').filter(Boolean).map(encodeURIComponent).join('/');
    const {size} = await stat(file);
    const headers = {'content-type': contentType(path), 'content-length': String(size)};
    await this.#send('PUT', `/api/2.0/mlflow-artifacts/artifacts/${target}`, () => createReadStream(file), headers);
  }

  /** Page of a run in the server's own interface. */
  page(run: MlflowRun): string {
    return `${this.url}/#/experiments/${run.experimentId}/runs/${run.id}`;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #find(name: string): Promise<string | undefined> {
    type Found = {experiment: {experiment_id: string; lifecycle_stage: string}};
    try {
      const {experiment} = await this.#call<Found>('GET', `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`);
      if (experiment.lifecycle_stage === 'deleted')
        await this.#call('POST', 'experiments/restore', {experiment_id: experiment.experiment_id});
      return experiment.experiment_id;
    } catch (error) {
      if (error instanceof MlflowFailure && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
      throw error;
    }
  }

  async #call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.#send(method, `/api/2.0/mlflow/${path}`, () => text, {'content-type': 'application/json'});
    return JSON.parse(answer || '{}') as T;
  }

  /** Sends a request, again after a growing pause when the failure may pass. */
  async #send(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body: () => Dispatcher.DispatchOptions['body'] | undefined,
    headers: Record<string, string>,
  ): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(method, path, body(), headers);
      } catch (error) {
        if (!(error instanceof MlflowFailure) || !error.passing || attempt === attempts) throw error;
        await wait(250 * 2 ** attempt * (0.5 + Math.random()));
      }
    }
  }

  async #once(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body: Dispatcher.DispatchOptions['body'] | undefined,
    headers: Record<string, string>,
  ): Promise<string> {
    let status = 0;
    let text = '';
    try {
      const response = await this.#request(`${this.url}${path}`, {
        method,
        headers: {...this.#headers, ...headers},
        body: body ?? null,
        dispatcher: this.#agent,
        headersTimeout: callMilliseconds,
        bodyTimeout: callMilliseconds,
      });
      status = response.statusCode;
      text = await response.body.text();
    } catch (error) {
      const {code, message} = error as Error & {code?: string};
      throw new MlflowFailure(0, code ?? 'NO_ANSWER', `no answer from ${this.url} (${code ?? message})`);
    }
    if (status < 300) return text;
    const {error_code: code = `HTTP_${status}`, message = text.slice(0, 300)} = parseObject(text) as {
      error_code?: string;
      message?: string;
    };
    throw new MlflowFailure(status, code, `${this.url} answered ${status}: ${message}`);
  }
}

/** The variables that MLflow's own client reads. */
function authorisation(): Record<string, string> {
  const {MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: password, MLFLOW_TRACKING_TOKEN: token} = process.env;
  if (user !== undefined && password !== undefined)
    return {authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`};
  return token === undefined ? {} : {authorization: `Bearer ${token}`};
}

function parseObject(text: string): object {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** MLflow's server reads these words, which JSON has no numbers for (protobuf's JSON mapping). */
const jsonNumber = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

const shortTag = ({key, value}: KeyValue): KeyValue => ({key, value: value.slice(0, longestTag)});

function contentType(path: string): string {
  const types: Readonly<Record<string, string>> = {
    html: 'text/html',
    png: 'image/png',
    json: 'application/json',
    yaml: 'application/yaml',
    ndjson: 'application/x-ndjson',
  };
  return types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}
