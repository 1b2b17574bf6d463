import {mlflow} from '#tfpipe/trackers/mlflow/index.js';
import {syncRun} from '#tfpipe/trackers/sync.js';
import type {TrackerHarness} from './contract.js';
import type {ArrivedRun} from './tracked-run.js';

interface Shown {
  readonly info: {readonly run_id: string; readonly status: string};
  readonly data: {
    readonly params?: readonly {key: string; value: string}[];
    readonly tags?: readonly {key: string; value: string}[];
    readonly metrics?: readonly {key: string}[];
  };
}

/** MLflow, with a server of it that `start` starts. */
export const mlflowHarness = (
  name: string,
  start: () => Promise<{readonly url: string; stop(): Promise<void>}>,
): TrackerHarness => ({
  name,
  serve: async () => {
    const {url, stop} = await start();
    return {url, runs: (recipe) => runsOf(url, recipe), stop};
  },
  open: async ({url, run: {folder, store}, notice}) => {
    const problem = mlflow.problem(url);
    if (problem === undefined) return mlflow.follow(url, {folder, store, notice});
    notice(problem);
    return {hear: () => {}, close: async () => undefined};
  },
  sync: async ({folder, store}, url) => {
    const sync = await syncRun(mlflow, url, {folder, store, notice: () => {}});
    if (sync.status === 'sent' || sync.status === 'not sent') return sync;
    return {delivered: false, detail: sync.status};
  },
  carriesPoints: (call) => call.endsWith('/log-batch'),
  wrongAddresses: [
    'postgresql://ada:sesame@db/mlflow',
    'https://ada:sesame@:80:80',
    'databricks://ada:sesame@profile',
    'sqlite://ada:ses@sesame@mlflow.db',
  ],
  secrets: {
    MLFLOW_TRACKING_USERNAME: 'lovelace-signs-in',
    MLFLOW_TRACKING_PASSWORD: 'sesame-in-environment',
    MLFLOW_TRACKING_TOKEN: 'token-of-trust',
  },
});

const outcomes: Readonly<Record<string, ArrivedRun['status']>> = {
  RUNNING: 'running',
  FINISHED: 'done',
  FAILED: 'failed',
  KILLED: 'interrupted',
};

/** Reads back over the REST API, without the client under test. */
async function runsOf(url: string, recipe: string): Promise<readonly ArrivedRun[]> {
  const call = async <T>(path: string, body?: object): Promise<T> => {
    const post = {method: 'POST', body: JSON.stringify(body), headers: {'content-type': 'application/json'}};
    const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, body ? post : {});
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const paths = async (run: string, folder = ''): Promise<string[]> => {
    const query = `artifacts/list?run_id=${run}&path=${encodeURIComponent(folder)}`;
    const {files = []} = await call<{files?: readonly {path: string; is_dir: boolean}[]}>(query);
    return (await Promise.all(files.map(({path, is_dir: isFolder}) => (isFolder ? paths(run, path) : [path])))).flat().sort();
  };
  const found = await call<{experiment: {experiment_id: string}}>(`experiments/get-by-name?experiment_name=${recipe}`);
  const {runs = []} = await call<{runs?: readonly Shown[]}>('runs/search', {
    experiment_ids: [found.experiment.experiment_id],
    max_results: 100,
  });
  return await Promise.all(
    runs.map(async ({info: {run_id: id, status}, data}): Promise<ArrivedRun & {tags: object}> => {
      const metrics: Record<string, [number, number][]> = {};
      for (const {key} of data.metrics ?? []) {
        const query = `metrics/get-history?run_id=${id}&metric_key=${encodeURIComponent(key)}`;
        const {metrics: points} = await call<{metrics: readonly {step?: number; value: number}[]}>(query);
        metrics[key] = points.map(({step, value}): [number, number] => [Number(step), value]).sort(([a], [b]) => a - b);
      }
      const files = (await paths(id)).map(async (path) => {
        const answer = await fetch(`${url}/get-artifact?run_uuid=${id}&path=${encodeURIComponent(path)}`);
        return Buffer.from(await answer.arrayBuffer());
      });
      return {
        status: outcomes[status] ?? 'running',
        params: Object.fromEntries((data.params ?? []).map(({key, value}) => [key, value])),
        tags: Object.fromEntries((data.tags ?? []).map(({key, value}) => [key, value])),
        metrics,
        files: await Promise.all(files),
      };
    }),
  );
}
