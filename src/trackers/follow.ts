import type {Follower, FollowOptions, Tracker} from '../core/tracker.js';
import {trackers} from './index.js';

/** Addresses that the user gives, by the name of the tracker; that of the environment counts where none is given. */
export type TrackerAddresses = Readonly<Record<string, string | undefined>>;

/** A tracker's server, as it is set. */
interface TrackerServer {
  readonly tracker: Tracker;
  /** Empty when none is set. */
  readonly address: string;
  /** Why no run can be followed there, and the remedy. */
  readonly problem: string | undefined;
}

/** The server of every tracker. */
export function trackerServers(addresses: TrackerAddresses): readonly TrackerServer[] {
  return Object.values(trackers).map((tracker) => {
    const address = addresses[tracker.name] ?? process.env[tracker.variable] ?? '';
    return {tracker, address, problem: tracker.problem(address)};
  });
}

/** A tracker that follows a run. */
export interface Following {
  readonly name: string;
  readonly follower: Follower;
}

/** Follows a run with every tracker that has an address; says in one line why one does not, or that none is set. */
export async function followRun(addresses: TrackerAddresses, options: FollowOptions): Promise<readonly Following[]> {
  const followed: Following[] = [];
  const servers = trackerServers(addresses);
  for (const {tracker, address, problem} of servers)
    if (problem === undefined) followed.push({name: tracker.name, follower: await tracker.follow(address, options)});
  for (const {address, problem} of servers)
    if (problem !== undefined && (address !== '' || followed.length === 0)) options.notice(problem);
  return followed;
}
