import type {Tracker} from '../../core/tracker.js';
import {problemOf} from './problem.js';

/** MLflow's tracking server, reached over http. */
export const mlflow: Tracker = {
  name: 'mlflow',
  title: 'MLflow',
  variable: 'MLFLOW_TRACKING_URI',
  problem: problemOf,
  follow: async (address, options) => {
    const {MlflowFollower} = await import('./follower.js');
    return new MlflowFollower(address, options);
  },
  findings: async () => (await import('./findings.js')).findings(),
};
