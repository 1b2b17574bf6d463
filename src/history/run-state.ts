import type {RunEvent, StageProgress} from '../core/events.js';

export type StageResult = 'waiting' | 'running' | 'done' | 'cached' | 'failed' | 'skipped';

export interface StageState {
  readonly name: string;
  readonly use: string;
  readonly after: readonly string[];
  readonly result: StageResult;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly seconds?: number;
  readonly peakBytes?: number;
  /** Whether computing it twice gave the same bytes, where somebody tried. */
  readonly deterministic?: boolean;
  /** Newest figures that the stage reported. */
  readonly figures: Readonly<Record<string, number>>;
  /** First progress seen, for the rate: a stage that resumes does not begin at zero. */
  readonly first?: {readonly time: number; readonly done: number};
  readonly progress?: StageProgress & {readonly time: number};
}

/** What the events of a run have told so far, as a terminal shows it. */
export class RunState {
  readonly #stages = new Map<string, StageState>();
  /** Of the machine: percent and megabytes, by MLflow's names. */
  system: Readonly<Record<string, number>> = {};
  began = 0;

  get stages(): readonly StageState[] {
    return [...this.#stages.values()];
  }

  stage(name: string): StageState | undefined {
    return this.#stages.get(name);
  }

  hear(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        this.began = event.time;
        for (const {name, use, after} of event.stages)
          this.#stages.set(name, {name, use, after, result: 'waiting', began: 0, figures: {}});
        return;
      case 'stage-cached': {
        const {stage, seconds, deterministic, metrics} = event;
        const doubt = deterministic === undefined ? {} : {deterministic};
        return this.#change(stage, {result: 'cached', seconds, ...doubt, figures: metrics.at(-1)?.values ?? {}});
      }
      case 'stage-started':
        return this.#change(event.stage, {result: 'running', began: event.time});
      case 'stage-progress': {
        const first = this.#stages.get(event.stage)?.first ?? {time: event.time, done: event.done};
        return this.#change(event.stage, {progress: event, first});
      }
      case 'stage-metrics':
        return this.#change(event.stage, {figures: event.values});
      case 'stage-finished':
        return this.#change(event.stage, {result: 'done', seconds: event.seconds, peakBytes: event.peakBytes});
      case 'stage-failed':
        return this.#change(event.stage, {result: 'failed'});
      case 'stage-skipped':
        return this.#change(event.stage, {result: 'skipped'});
      case 'system-metrics':
        this.system = event.values;
        return;
      case 'stage-picture':
      case 'stage-log':
      case 'check-failed':
      case 'run-finished':
        return;
      default:
        event satisfies never;
    }
  }

  #change(name: string, change: Partial<StageState>): void {
    const stage = this.#stages.get(name);
    if (stage) this.#stages.set(name, {...stage, ...change});
  }
}
