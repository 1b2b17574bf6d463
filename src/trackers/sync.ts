import {join} from 'node:path';
import type {RunEvent} from '../core/events.js';
import type {Store} from '../core/store.js';
import {readJournal} from '../history/journal.js';
import {isRunning} from '../util/process-name.js';
import {MlflowFollower} from './mlflow/follower.js';
import type {Delivery, Patience} from './mlflow/session.js';

/** As long as something arrives, sending goes on; a server that takes nothing for this long is given up. */
const patience: Patience = {milliseconds: 60_000, renewed: true};

export interface SyncOptions {
  /** Address of the server. */
  readonly uri: string;
  /** The store with the run's results. */
  readonly store: Store;
  /** One line for the user. */
  readonly notice: (text: string) => void;
}

export type Sync =
  | ({readonly status: 'sent' | 'not sent'} & Delivery)
  /** The process that runs it sends it. */
  | {readonly status: 'running'}
  | {readonly status: 'no journal'; readonly detail: string};

/**
 * Sends the run of this folder to an MLflow server, from where the server says that it stopped: the points after the last that has
 * arrived, the params, tags and files that are not there. Again and again is as good as once.
 */
export async function syncRun(folder: string, {uri, store, notice}: SyncOptions): Promise<Sync> {
  const events = await readJournal(join(folder, 'events.ndjson')).catch((error: Error) => error);
  if (events instanceof Error) return {status: 'no journal', detail: events.message};
  const [first, last] = [events[0], events.at(-1)];
  if (first?.type !== 'run-started' || !last) return {status: 'no journal', detail: 'it does not begin with a run'};
  const ended = last.type === 'run-finished';
  if (!ended && first.process !== undefined && (await isRunning(first.process, last.time))) return {status: 'running'};
  const follower = new MlflowFollower({url: uri, folder, store, notice, again: true});
  for (const event of events) follower.listener(event);
  // a run that was killed told nobody: it ended with its last event
  if (!ended) follower.listener(killed(first.time, last.time));
  const delivery = await follower.close(patience);
  return {status: delivery.delivered ? 'sent' : 'not sent', ...delivery};
}

const killed = (began: number, time: number): RunEvent => ({
  type: 'run-finished',
  time,
  outcome: 'interrupted',
  seconds: (time - began) / 1000,
});
