/**
 * The brain of a run: which stage is looked up, submitted, skipped, and when the run is over. A pure reducer, so that every
 * order of events can be tested without a process or a disk.
 */

export type StageStatus =
  | {readonly at: 'waiting'}
  | {readonly at: 'looking'}
  | {readonly at: 'running'}
  | {readonly at: 'done'}
  | {readonly at: 'failed'}
  | {readonly at: 'skipped'; readonly because: string};

export interface SchedulerState {
  /** Stages in topological order. */
  readonly stages: ReadonlyMap<string, {readonly after: readonly string[]; readonly status: StageStatus}>;
  readonly cancelled: boolean;
}

export type SchedulerEvent =
  | {readonly type: 'start'}
  | {readonly type: 'hit'; readonly stage: string}
  | {readonly type: 'miss'; readonly stage: string}
  | {readonly type: 'finished'; readonly stage: string}
  | {readonly type: 'failed'; readonly stage: string}
  | {readonly type: 'cancel'};

export type SchedulerCommand =
  | {readonly type: 'look-up'; readonly stage: string}
  | {readonly type: 'submit'; readonly stage: string}
  | {readonly type: 'skip'; readonly stage: string; readonly because: string}
  | {readonly type: 'end'; readonly outcome: 'done' | 'failed' | 'interrupted'};

export function initialState(stages: readonly {readonly name: string; readonly after: readonly string[]}[]): SchedulerState {
  return {stages: new Map(stages.map(({name, after}) => [name, {after, status: {at: 'waiting'}}])), cancelled: false};
}

/** One event in, the next state and what to do out. */
export function step(
  state: SchedulerState,
  event: SchedulerEvent,
): {readonly state: SchedulerState; readonly commands: readonly SchedulerCommand[]} {
  switch (event.type) {
    case 'start':
      return advance(state, []);
    case 'hit':
    case 'finished':
      return advance(withStatus(state, event.stage, {at: 'done'}), []);
    case 'miss':
      if (state.cancelled) return advance(withStatus(state, event.stage, {at: 'waiting'}), []);
      return {state: withStatus(state, event.stage, {at: 'running'}), commands: [{type: 'submit', stage: event.stage}]};
    case 'failed':
      return advance(withStatus(state, event.stage, {at: 'failed'}), []);
    case 'cancel':
      return advance({...state, cancelled: true}, []);
    default:
      return event satisfies never;
  }
}

/** Sends every stage whose inputs are done on its way, skips what can no longer run, and ends the run when nothing moves. */
function advance(before: SchedulerState, commands: SchedulerCommand[]): ReturnType<typeof step> {
  let state = before;
  for (const [name, {after, status}] of state.stages) {
    if (status.at !== 'waiting' || state.cancelled) continue;
    const inputs = after.map((input) => [input, state.stages.get(input)?.status] as const);
    const broken = inputs.find(([, input]) => input?.at === 'failed' || input?.at === 'skipped');
    if (broken) {
      const because = broken[1]?.at === 'skipped' ? broken[1].because : broken[0];
      state = withStatus(state, name, {at: 'skipped', because});
      commands.push({type: 'skip', stage: name, because});
    } else if (inputs.every(([, input]) => input?.at === 'done')) {
      state = withStatus(state, name, {at: 'looking'});
      commands.push({type: 'look-up', stage: name});
    }
  }
  const statuses = [...state.stages.values()].map((stage) => stage.status.at);
  if (!statuses.some((at) => at === 'looking' || at === 'running')) {
    const outcome = statuses.every((at) => at === 'done') ? 'done' : state.cancelled ? 'interrupted' : 'failed';
    commands.push({type: 'end', outcome});
  }
  return {state, commands};
}

function withStatus(state: SchedulerState, stage: string, status: StageStatus): SchedulerState {
  const entry = state.stages.get(stage);
  if (!entry) throw new Error(`no stage ${stage}`);
  return {...state, stages: new Map(state.stages).set(stage, {...entry, status})};
}
