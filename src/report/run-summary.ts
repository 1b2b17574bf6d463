import type {RunEvent, RunFinished, RunStarted, StageOutput} from '../runner/events.js';
import type {MetricPoint} from '../store/store.js';

export interface StageSummary {
  readonly name: string;
  readonly use: string;
  readonly after: readonly string[];
  readonly result: 'done' | 'cached' | 'failed' | 'skipped' | 'unfinished';
  readonly seconds?: number;
  readonly peakBytes?: number;
  readonly message?: string;
  readonly outputs: Readonly<Record<string, StageOutput>>;
  readonly metrics: readonly MetricPoint[];
}

/** A run as its events tell it. */
export interface RunSummary {
  readonly started: RunStarted & {readonly time: number};
  readonly finished: RunFinished | undefined;
  readonly stages: readonly StageSummary[];
}

export function summarise(events: readonly RunEvent[]): RunSummary {
  const started = events.find((event) => event.type === 'run-started');
  if (!started) throw new Error('Expected the events of a run to begin with `run-started`');
  const stages = new Map(
    started.stages.map(({name, use, after}): [string, StageSummary] => [
      name,
      {name, use, after, result: 'unfinished', outputs: {}, metrics: []},
    ]),
  );
  const change = (name: string, changes: Partial<StageSummary>): void => {
    const stage = stages.get(name);
    if (stage) stages.set(name, {...stage, ...changes});
  };
  for (const event of events) {
    if (event.type === 'stage-cached')
      change(event.stage, {result: 'cached', seconds: event.seconds, outputs: event.outputs, metrics: event.metrics});
    if (event.type === 'stage-metrics') change(event.stage, {metrics: [...(stages.get(event.stage)?.metrics ?? []), event]});
    if (event.type === 'stage-finished')
      change(event.stage, {result: 'done', seconds: event.seconds, peakBytes: event.peakBytes, outputs: event.outputs});
    if (event.type === 'check-failed') change(event.stage, {message: event.message});
    if (event.type === 'stage-failed') change(event.stage, {result: 'failed', message: event.message});
    if (event.type === 'stage-skipped') change(event.stage, {result: 'skipped', message: `\`${event.because}\` failed`});
  }
  const finished = events.find((event) => event.type === 'run-finished');
  return {started, finished, stages: [...stages.values()]};
}
