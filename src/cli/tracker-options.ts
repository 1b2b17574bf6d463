import type {TrackerAddresses} from '../trackers/follow.js';
import {trackers} from '../trackers/index.js';
import {type Invocation, type Option, text} from './command.js';

/** An option for the address of every tracker's server, such as `--mlflow URL`; `use` says what it is for. */
export const trackerOptions = (use: string): Readonly<Record<string, Option>> =>
  Object.fromEntries(
    Object.values(trackers).map(({name, title, variable}) => [
      name,
      {type: 'string', value: 'URL', description: `${title} server${use} (default: ${variable})`},
    ]),
  );

/** Addresses of trackers' servers that a command line gives. */
export const trackerAddresses = (invocation: Invocation): TrackerAddresses =>
  Object.fromEntries(Object.keys(trackers).map((name) => [name, text(invocation, name)]));
