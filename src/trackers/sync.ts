import {join} from 'node:path';
import type {RunEvent} from '../core/events.js';
import type {Delivery, FollowOptions, Patience, Tracker} from '../core/tracker.js';
import {readJournal} from '../history/journal.js';
import {isRunning} from '../util/process-name.js';

/** As long as something arrives, sending goes on; a server that takes nothing for this long is given up. */
const patience: Patience = {milliseconds: 60_000, renewed: true};

/** The run's folder, the store with its results, and where lines for the user go. */
type SyncOptions = Omit<FollowOptions, 'again'>;

export type Sync =
  | ({readonly status: 'sent' | 'not sent'} & Delivery)
  /** The process that runs it sends it. */
  | {readonly status: 'running'}
  | {readonly status: 'no journal'; readonly detail: string};

/**
 * Sends the run of this folder to a tracker's server, from where the server says that it stopped: only what is not there. Doing it again
 * and again is as good as once.
 */
export async function syncRun(tracker: Tracker, address: string, options: SyncOptions): Promise<Sync> {
  const {folder} = options;
  const events = await readJournal(join(folder, 'events.ndjson')).catch((error: Error) => error);
  if (events instanceof Error) return {status: 'no journal', detail: events.message};
  const [first, last] = [events[0], events.at(-1)];
  if (first?.type !== 'run-started' || !last) return {status: 'no journal', detail: 'it does not begin with a run'};
  const ended = last.type === 'run-finished';
  if (!ended && first.process !== undefined && (await isRunning(first.process, last.time))) return {status: 'running'};
  const follower = await tracker.follow(address, {...options, again: true});
  for (const event of events) follower.hear(event);
  // a run that was killed told nobody: it ended with its last event
  if (!ended) follower.hear(killed(first.time, last.time));
  const delivery = await follower.close(patience);
  return {status: delivery.delivered ? 'sent' : 'not sent', ...delivery};
}

const killed = (began: number, time: number): RunEvent => ({
  type: 'run-finished',
  time,
  outcome: 'interrupted',
  seconds: (time - began) / 1000,
});
