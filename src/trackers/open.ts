import type {RunListener} from '../core/events.js';
import type {Store} from '../core/store.js';
import {withoutCredentials} from './mlflow/address.js';
import type {Delivery, Patience} from './mlflow/session.js';

export interface Tracking {
  readonly listeners: readonly RunListener[];
  /** Waits a bounded time for what has not been sent; `undefined` when the run is not tracked. */
  close(patience?: Patience): Promise<Delivery | undefined>;
}

export interface TrackingOptions {
  /** Address of the server; `MLFLOW_TRACKING_URI` when not given. */
  readonly uri?: string;
  readonly runFolder: string;
  /** The store with the run's results. */
  readonly store: Store;
  /** One line for the user. */
  readonly onNotice: (text: string) => void;
}

const address = 'MLFLOW_TRACKING_URI=http://127.0.0.1:5000';

/** Follows a run with MLflow when a server is configured; says in one line when none is. */
export async function openTracking({
  uri = process.env['MLFLOW_TRACKING_URI'] ?? '',
  runFolder,
  store,
  onNotice,
}: TrackingOptions): Promise<Tracking> {
  const wrong = whatIsWrong(uri);
  if (wrong !== undefined) {
    onNotice(wrong);
    return {listeners: [], close: async () => undefined};
  }
  const {MlflowFollower} = await import('./mlflow/follower.js');
  const follower = new MlflowFollower({url: uri, folder: runFolder, store, notice: onNotice});
  return {listeners: [follower.listener], close: (patience) => follower.close(patience)};
}

/** Why a run cannot be followed at this address, and the remedy. Never repeats what stands before an `@`: it may be a password. */
export function whatIsWrong(uri: string): string | undefined {
  if (uri === '')
    return `no MLflow server is set, the journal keeps the run: \`pipeline mlflow\` starts one, then set ${address}`;
  if (/^https?:\/\//.test(uri))
    return URL.canParse(uri) ? undefined : `Expected MLflow's address to be a URL, got \`${withoutCredentials(uri)}\``;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1];
  const isStore = scheme === undefined || /^(file|sqlite|mysql|mssql|postgresql)(\+|$)/.test(scheme);
  if (!isStore) return `Expected MLflow's address to begin with http:// or https://, got \`${withoutCredentials(uri)}\``;
  return `MLflow is reached over http, got \`${withoutCredentials(uri)}\`: start \`mlflow server --backend-store-uri ${withoutCredentials(uri)}\` and set ${address}`;
}
