import type {
  MetricPoint,
  RunEvent,
  RunFinished,
  RunStarted,
  StageCached,
  StageFailed,
  StageFinished,
  StageOutput,
  StagePicture,
  StageProgress,
} from '../core/events.js';

export type StageResult = 'waiting' | 'running' | 'done' | 'cached' | 'failed' | 'skipped';

export interface StageState {
  readonly name: string;
  readonly use: string;
  readonly after: readonly string[];
  /** `waiting`: not begun. `running`: begun, no end known. */
  readonly result: StageResult;
  /** Milliseconds since 1970; 0 when it was not begun. */
  readonly began: number;
  readonly seconds?: number;
  readonly peakBytes?: number;
  /** True when computing it twice gave the same bytes; absent when nobody tried. */
  readonly deterministic?: boolean;
  /** Why it failed or was skipped, or which check of it does not hold: one sentence. */
  readonly message?: string;
  readonly failure?: StageFailed;
  readonly outputs: Readonly<Record<string, StageOutput>>;
  /** Every point that it reported, oldest first. */
  readonly metrics: readonly MetricPoint[];
  /** The newest picture of each name. */
  readonly pictures: Readonly<Record<string, StagePicture>>;
  /** First progress seen, for the rate: a stage that resumes does not begin at zero. */
  readonly first?: StageProgress;
  readonly progress?: StageProgress;
}

/** A run as its events tell it. */
export interface RunSummary {
  readonly started: RunStarted;
  readonly finished: RunFinished | undefined;
  /** In the order of the plan. */
  readonly stages: readonly StageState[];
  /** Load of the machine: percent and megabytes, by MLflow's names. */
  readonly load: readonly MetricPoint[];
}

type Stage = {-readonly [Name in keyof StageState]: StageState[Name]} & {metrics: MetricPoint[]};

/** The state of a run, folded from its events one by one: the terminal, the report, trackers and every verb on past runs read it. */
export class RunState {
  readonly #stages = new Map<string, Stage>();
  readonly #load: MetricPoint[] = [];
  #started: RunStarted | undefined;
  #finished: RunFinished | undefined;

  get started(): RunStarted | undefined {
    return this.#started;
  }

  get stages(): readonly StageState[] {
    return [...this.#stages.values()];
  }

  /** The newest load of the machine. */
  get load(): MetricPoint['values'] {
    return this.#load.at(-1)?.values ?? {};
  }

  stage(name: string): StageState | undefined {
    return this.#stages.get(name);
  }

  /** The state of now, which later events do not change. */
  summary(): RunSummary {
    if (!this.#started) throw new Error('Expected the events of a run to begin with `run-started`');
    return {
      started: this.#started,
      finished: this.#finished,
      stages: this.stages.map((stage) => ({...stage, metrics: [...stage.metrics]})),
      load: [...this.#load],
    };
  }

  hear(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        this.#started = event;
        for (const {name, use, after} of event.stages)
          this.#stages.set(name, {name, use, after, result: 'waiting', began: 0, outputs: {}, metrics: [], pictures: {}});
        return;
      case 'system-metrics':
        this.#load.push(event);
        return;
      case 'run-finished':
        this.#finished = event;
        return;
      default: {
        const stage = this.#stages.get(event.stage);
        if (stage) apply(stage, event);
      }
    }
  }
}

/** State of a run after all its events; also of a run that was killed. */
export function summarise(events: readonly RunEvent[]): RunSummary {
  const state = new RunState();
  for (const event of events) state.hear(event);
  return state.summary();
}

function apply(stage: Stage, event: Extract<RunEvent, {readonly stage: string}>): void {
  switch (event.type) {
    case 'stage-cached': {
      const {seconds, outputs, metrics, deterministic} = event;
      Object.assign(stage, {result: 'cached', seconds, outputs, metrics: [...metrics]});
      if (deterministic !== undefined) stage.deterministic = deterministic;
      return;
    }
    case 'stage-started':
      Object.assign(stage, {result: 'running', began: event.time});
      return;
    case 'stage-progress':
      stage.first ??= event;
      stage.progress = event;
      return;
    case 'stage-metrics':
      stage.metrics.push(event);
      return;
    case 'stage-picture':
      stage.pictures = {...stage.pictures, [event.name]: event};
      return;
    case 'stage-finished': {
      const {seconds, peakBytes, outputs} = event;
      Object.assign(stage, {result: 'done', seconds, peakBytes, outputs});
      return;
    }
    case 'check-failed':
      stage.message = event.message;
      return;
    case 'stage-failed':
      Object.assign(stage, {result: 'failed', message: event.message, failure: event});
      return;
    case 'stage-skipped':
      Object.assign(stage, {result: 'skipped', message: `\`${event.because}\` failed`});
      return;
    case 'stage-log':
      return;
    default:
      event satisfies never;
  }
}

/** True when an event says that a stage has a result, computed or cached. */
export const hasResult = (event: RunEvent): event is StageFinished | StageCached =>
  event.type === 'stage-finished' || event.type === 'stage-cached';

/** The key and the outputs of every stage that has a result, by its name. */
export const stageResults = (events: readonly RunEvent[]): ReadonlyMap<string, StageFinished | StageCached> =>
  new Map(events.filter(hasResult).map((event) => [event.stage, event]));

/** Figures that a stage reported last. */
export const newestFigures = ({metrics}: Pick<StageState, 'metrics'>): MetricPoint['values'] => metrics.at(-1)?.values ?? {};

/** Last value of each figure that a stage reported. */
export const lastValues = ({metrics}: Pick<StageState, 'metrics'>): MetricPoint['values'] =>
  Object.fromEntries(metrics.flatMap(({values}) => Object.entries(values)));

/** Last value of each metric of a run, by `stage.metric`. */
export const lastMetrics = (stages: readonly Pick<StageState, 'name' | 'metrics'>[]): MetricPoint['values'] =>
  Object.fromEntries(
    stages.flatMap((stage) => Object.entries(lastValues(stage)).map(([metric, value]) => [`${stage.name}.${metric}`, value])),
  );
