import {createServer, type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';

interface KeyValue {
  readonly key: string;
  readonly value: string;
}

interface Point {
  readonly key: string;
  readonly value: number | string;
  readonly timestamp: number;
  readonly step: number;
}

interface FakeRun {
  readonly info: {
    readonly run_id: string;
    readonly experiment_id: string;
    readonly artifact_uri: string;
    status: string;
    end_time?: number;
  };
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly points: Map<string, Point>;
  readonly files: Map<string, Buffer>;
}

/** A refusal in MLflow's own words. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const missing = (what: string): Refusal => new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', `no ${what}`);
const list = (entries: ReadonlyMap<string, string>): KeyValue[] => [...entries].map(([key, value]) => ({key, value}));
const artifacts = '/api/2.0/mlflow-artifacts/artifacts/';

/**
 * As much of MLflow's server as a run without models needs, in memory: the same refusals, the same point twice is one point. The
 * suite of trackers keeps it honest, since the real server passes the same cases.
 */
class FakeMlflow {
  readonly #experiments = new Map<string, string>();
  readonly #runs = new Map<string, FakeRun>();

  /** The answer to a call of the REST API: its path after `/api/2.0/mlflow/`. */
  call(path: string, query: URLSearchParams, body: Readonly<Record<string, unknown>>): object {
    switch (path) {
      case 'experiments/get-by-name':
        return {experiment: {experiment_id: this.#experiment(query.get('experiment_name') ?? ''), lifecycle_stage: 'active'}};
      case 'experiments/create':
        return this.#createExperiment(String(body['name']));
      case 'runs/create':
        return this.#createRun(body as {experiment_id: string; tags: KeyValue[]});
      case 'runs/search':
        return this.#search(body as {experiment_ids: string[]; filter?: string});
      case 'runs/get':
        return {run: shown(this.#run(query.get('run_id')))};
      case 'runs/log-batch':
        return this.#log(body as {run_id: string; params: KeyValue[]; tags: KeyValue[]; metrics: Point[]});
      case 'runs/log-inputs':
        return {};
      case 'runs/update':
        Object.assign(this.#run(String(body['run_id'])).info, {status: body['status'], end_time: body['end_time']});
        return {};
      case 'metrics/get-history': {
        const points = [...this.#run(query.get('run_id')).points.values()];
        return {metrics: points.filter(({key}) => key === query.get('metric_key'))};
      }
      case 'artifacts/list':
        return {files: entries(this.#run(query.get('run_id')).files, query.get('path') ?? '')};
      default:
        throw new Refusal(404, 'ENDPOINT_NOT_FOUND', `no ${path}`);
    }
  }

  /** `place`: `<experiment>/<run>/artifacts/<path>`. */
  put(place: string, content: Buffer): void {
    const [, run = '', , ...path] = place.split('/').map(decodeURIComponent);
    this.#run(run).files.set(path.join('/'), content);
  }

  file(run: string | null, path: string | null): Buffer {
    const content = this.#run(run).files.get(path ?? '');
    if (!content) throw missing('artifact');
    return content;
  }

  #experiment(name: string): string {
    const id = this.#experiments.get(name);
    if (id === undefined) throw missing('experiment');
    return id;
  }

  #createExperiment(name: string): object {
    if (this.#experiments.has(name)) throw new Refusal(400, 'RESOURCE_ALREADY_EXISTS', 'it exists');
    const id = String(this.#experiments.size + 1);
    this.#experiments.set(name, id);
    return {experiment_id: id};
  }

  #createRun({experiment_id, tags}: {experiment_id: string; tags: KeyValue[]}): object {
    const id = (this.#runs.size + 1).toString(16).padStart(32, '0');
    const uri = `mlflow-artifacts:/${experiment_id}/${id}/artifacts`;
    const run: FakeRun = {
      info: {run_id: id, experiment_id, artifact_uri: uri, status: 'RUNNING'},
      params: new Map(),
      tags: new Map(tags.map(({key, value}) => [key, value])),
      points: new Map(),
      files: new Map(),
    };
    this.#runs.set(id, run);
    return {run: shown(run)};
  }

  #search({experiment_ids, filter}: {experiment_ids: string[]; filter?: string}): object {
    const [, key = '', value] = /^tags\.`(.*)` = '(.*)'$/.exec(filter ?? '') ?? [];
    const found = [...this.#runs.values()].filter(({info, tags}) => {
      return experiment_ids.includes(info.experiment_id) && (value === undefined || tags.get(key) === value);
    });
    return {runs: found.map(shown)};
  }

  #log({run_id, params, tags, metrics}: {run_id: string; params: KeyValue[]; tags: KeyValue[]; metrics: Point[]}): object {
    const run = this.#run(run_id);
    const changed = params.find(({key, value}) => (run.params.get(key) ?? value) !== value);
    if (changed) throw new Refusal(400, 'INVALID_PARAMETER_VALUE', `${changed.key} has another value`);
    for (const {key, value} of params) run.params.set(key, value);
    for (const {key, value} of tags) run.tags.set(key, value);
    for (const point of metrics) run.points.set(JSON.stringify(point), point);
    return {};
  }

  #run(id: string | null): FakeRun {
    const run = this.#runs.get(id ?? '');
    if (!run) throw missing('run');
    return run;
  }
}

function shown({info, params, tags, points}: FakeRun): object {
  const latest = new Map([...points.values()].map((point) => [point.key, point]));
  return {info, data: {params: list(params), tags: list(tags), metrics: [...latest.values()]}};
}

/** What stands directly in a folder of artifacts. */
function entries(files: ReadonlyMap<string, Buffer>, folder: string): object[] {
  const start = folder === '' ? '' : `${folder}/`;
  const inside = [...files].filter(([path]) => path.startsWith(start));
  const folders = new Set(inside.flatMap(([path]) => /^[^/]+(?=\/)/.exec(path.slice(start.length)) ?? []));
  return [
    ...[...folders].map((name) => ({path: `${start}${name}`, is_dir: true})),
    ...inside
      .filter(([path]) => !path.slice(start.length).includes('/'))
      .map(([path, content]) => ({path, is_dir: false, file_size: content.length})),
  ];
}

/** Starts one on a free port of this machine. */
export async function startFakeMlflow(): Promise<{readonly url: string; stop(): Promise<void>}> {
  const mlflow = new FakeMlflow();
  const server = createServer(async (request, answer) => {
    const content = Buffer.concat(await request.toArray());
    try {
      answer.end(answerTo(mlflow, request, content));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer.writeHead(error.status).end(JSON.stringify({error_code: error.code, message: error.message}));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function answerTo(mlflow: FakeMlflow, {method, url}: IncomingMessage, content: Buffer): string | Buffer {
  const {pathname, searchParams} = new URL(url ?? '/', 'http://fake');
  if (pathname === '/get-artifact') return mlflow.file(searchParams.get('run_uuid'), searchParams.get('path'));
  if (method === 'PUT' && pathname.startsWith(artifacts)) {
    mlflow.put(pathname.slice(artifacts.length), content);
    return '{}';
  }
  const body = JSON.parse(content.toString() || '{}') as Record<string, unknown>;
  return JSON.stringify(mlflow.call(pathname.replace('/api/2.0/mlflow/', ''), searchParams, body));
}
