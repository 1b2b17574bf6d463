import type {Tracker} from '../core/tracker.js';
import {mlflow} from './mlflow/index.js';

/** Every kind of tracker, by name; what takes time to load is loaded when a run is followed. */
export const trackers: Readonly<Record<string, Tracker>> = {mlflow};
