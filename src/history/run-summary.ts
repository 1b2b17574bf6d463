import type {RunEvent, RunFinished, RunStarted, StageFailed, StageOutput, StagePicture} from '../core/events.js';
import type {MetricPoint} from '../core/store.js';

export interface StageSummary {
  readonly name: string;
  readonly use: string;
  readonly after: readonly string[];
  /** `unfinished`: not begun. `running`: begun, no end told. */
  readonly result: 'done' | 'cached' | 'failed' | 'skipped' | 'running' | 'unfinished';
  readonly seconds?: number;
  readonly peakBytes?: number;
  readonly message?: string;
  readonly failure?: StageFailed;
  readonly outputs: Readonly<Record<string, StageOutput>>;
  readonly metrics: readonly MetricPoint[];
  /** The newest picture of the stage at work, by name. */
  readonly pictures: Readonly<Record<string, StagePicture>>;
}

/** A run as its events tell it. */
export interface RunSummary {
  readonly started: RunStarted & {readonly time: number};
  readonly finished: RunFinished | undefined;
  readonly stages: readonly StageSummary[];
  /** How busy the machine was. */
  readonly load: readonly MetricPoint[];
}

type Stage = {-readonly [K in keyof StageSummary]: StageSummary[K]} & {metrics: MetricPoint[]};

export function summarise(events: readonly RunEvent[]): RunSummary {
  const started = events.find((event) => event.type === 'run-started');
  if (!started) throw new Error('Expected the events of a run to begin with `run-started`');
  const stages = new Map(
    started.stages.map(({name, use, after}): [string, Stage] => [
      name,
      {name, use, after, result: 'unfinished', outputs: {}, metrics: [], pictures: {}},
    ]),
  );
  const load: MetricPoint[] = [];
  for (const event of events) {
    if (event.type === 'system-metrics') load.push(event);
    const stage = 'stage' in event ? stages.get(event.stage) : undefined;
    if (stage) apply(stage, event);
  }
  const finished = events.find((event) => event.type === 'run-finished');
  return {started, finished, stages: [...stages.values()], load};
}

function apply(stage: Stage, event: RunEvent): void {
  switch (event.type) {
    case 'stage-cached':
      Object.assign(stage, {result: 'cached', seconds: event.seconds, outputs: event.outputs, metrics: [...event.metrics]});
      break;
    case 'stage-started':
      stage.result = 'running';
      break;
    case 'stage-metrics':
      stage.metrics.push(event);
      break;
    case 'stage-picture':
      stage.pictures = {...stage.pictures, [event.name]: event};
      break;
    case 'stage-finished':
      Object.assign(stage, {result: 'done', seconds: event.seconds, peakBytes: event.peakBytes, outputs: event.outputs});
      break;
    case 'check-failed':
      stage.message = event.message;
      break;
    case 'stage-failed':
      Object.assign(stage, {result: 'failed', message: event.message, failure: event});
      break;
    case 'stage-skipped':
      Object.assign(stage, {result: 'skipped', message: `\`${event.because}\` failed`});
      break;
    default:
  }
}
