import type {StageRun} from './recipe.js';

const SECONDS: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600, d: 86_400};

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
    ...(timeout !== undefined && {timeout: seconds(timeout)}),
    retries,
    resources: {cpu, gpu},
    checkpoint: seconds(checkpoint),
    tripwires,
  };
}

/** `90`, `90s`, `1.5m` → seconds. */
function seconds(duration: number | string): number {
  if (typeof duration === 'number') return duration;
  return Number(duration.slice(0, -1)) * (SECONDS[duration.slice(-1)] ?? 1);
}
