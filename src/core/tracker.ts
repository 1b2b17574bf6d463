import type {Finding} from './finding.js';
import type {Observer} from './observer.js';
import type {Store} from './store.js';

/** The part of a run that a server has when nothing more is sent. */
export interface Delivery {
  readonly delivered: boolean;
  /** One sentence: what arrived, or what could not be sent and why. */
  readonly detail: string;
  readonly url?: string;
}

/** Time that the end of a run waits for unsent entries. */
export interface Patience {
  readonly milliseconds: number;
  /** True when everything that arrives renews it: a run's end waits once, `pipeline sync` as long as something moves. */
  readonly renewed: boolean;
}

/** Shows one run on a server while it goes on, without ever holding it up. */
export interface Follower extends Observer {
  /** Sends what is left and ends the run there; never rejects because of the server. */
  close(patience?: Patience): Promise<Delivery>;
}

export interface FollowOptions {
  /** Folder of the run, where it stands now. */
  readonly folder: string;
  /** The store with the run's results. */
  readonly store: Store;
  /** One line for the user. */
  readonly notice: (text: string) => void;
  /** True when the server may have the run already, or a part of it. */
  readonly again?: boolean;
}

/** A kind of server that shows runs. The names that a recipe gives by `register` mean what the tracker makes of them. */
export interface Tracker {
  /** As options and the summary of a run spell it, such as `mlflow`. */
  readonly name: string;
  /** As texts spell it, such as `MLflow`. */
  readonly title: string;
  /** Environment variable with the server's address. */
  readonly variable: string;
  /** Why a run cannot be followed at this address, empty when none is set, and the remedy; never repeats a password. `undefined` when it can. */
  problem(address: string): string | undefined;
  follow(address: string, options: FollowOptions): Promise<Follower>;
  /** Findings of `pipeline doctor` about it. */
  findings(): Promise<readonly Finding[]>;
}
