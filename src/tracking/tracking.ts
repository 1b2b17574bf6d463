import type {RunListener} from '../runner/events.js';
import type {Delivery} from './mlflow-listener.js';

export interface Tracking {
  readonly listeners: readonly RunListener[];
  /** Waits a bounded time for what has not been sent; `undefined` when the run is not tracked. */
  close(): Promise<Delivery | undefined>;
}

export interface TrackingOptions {
  /** Address of the server; `MLFLOW_TRACKING_URI` when not given. */
  readonly uri?: string;
  readonly runFolder: string;
  /** One line for the user. */
  readonly onNotice: (text: string) => void;
}

/** Follows a run with MLflow when a server is configured; says in one line when none is. */
export async function openTracking({
  uri = process.env['MLFLOW_TRACKING_URI'] ?? '',
  runFolder,
  onNotice,
}: TrackingOptions): Promise<Tracking> {
  const none: Tracking = {listeners: [], close: async () => undefined};
  if (uri === '') {
    onNotice(
      'no MLflow server is set, the journal keeps the run: `pip install mlflow && mlflow server`, then set MLFLOW_TRACKING_URI=http://127.0.0.1:5000',
    );
    return none;
  }
  if (!/^https?:\/\//.test(uri)) {
    onNotice(
      `MLflow is reached over http, got \`${uri}\`: start \`mlflow server --backend-store-uri ${uri}\` and set MLFLOW_TRACKING_URI=http://127.0.0.1:5000`,
    );
    return none;
  }
  const {MlflowFollower} = await import('./mlflow-listener.js');
  const follower = new MlflowFollower(uri, runFolder, onNotice);
  return {listeners: [follower.listener], close: () => follower.close()};
}
