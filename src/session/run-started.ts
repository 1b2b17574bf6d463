import {availableParallelism, hostname} from 'node:os';
import type {RunEvent} from '../core/events.js';
import type {Plan} from '../core/plan.js';
import {processName} from '../util/process-name.js';
import {gitCommit} from './git.js';

interface Beginning {
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** True when tracked files differ from the commit; absent when that is not known. */
  readonly dirty?: boolean | undefined;
}

/** The event that begins a run. */
export async function runStarted(plan: Plan, {runId, time, dirty}: Beginning): Promise<RunEvent> {
  const {recipe} = plan;
  const numerics = plan.stages.find((planned) => planned.fields.numerics)?.fields.numerics;
  const [commit, name] = await Promise.all([gitCommit(), processName()]);
  return {
    type: 'run-started',
    version: 2,
    time,
    runId,
    recipe: {name: recipe.name, path: recipe.path, seed: recipe.seed, params: recipe.params},
    stages: plan.stages.map(({name, use, params, after, register}) => ({
      name,
      use,
      with: params,
      after,
      ...(register && {register}),
    })),
    environment: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      processors: String(availableParallelism()),
      ...(numerics && {backend: `${numerics.backend} ${numerics.version} (${numerics.device})`}),
      host: hostname(),
      ...(commit && {commit}),
      ...(commit && dirty !== undefined && {dirty: String(dirty)}),
    },
    process: name,
  };
}
