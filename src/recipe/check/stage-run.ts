import type {StageRun} from '../../core/plan.js';
import {parseDuration} from '../../util/duration.js';

/** A stage's `run:`, valid by its schema, with defaults and durations in seconds. */
export function readRun(written: unknown): StageRun {
  const run = (written ?? {}) as {
    timeout?: number | string;
    retries?: number;
    resources?: {cpu?: number; gpu?: number};
    checkpoint?: number | string;
    tripwires?: 'fail' | 'warn';
  };
  const {timeout, retries = 0, resources: {cpu = 1, gpu = 0} = {}, checkpoint = 30, tripwires = 'fail'} = run;
  return {
    ...(timeout !== undefined && {timeout: parseDuration(timeout)}),
    retries,
    resources: {cpu, gpu},
    checkpoint: parseDuration(checkpoint),
    tripwires,
  };
}
