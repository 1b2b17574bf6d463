import type {Plan, PlannedStage} from '../../core/plan.js';
import type {Store} from '../../core/store.js';
import {describeContinuation} from './continuation.js';
import {EarlierResults} from './earlier.js';
import {type Looked, lookUpPlan} from './look-up.js';
import {whyMiss} from './why.js';

/** The action that a run would take for a stage. */
export type Preview = {readonly stage: string; readonly use: string} & (
  | {readonly status: 'cached'; readonly seconds: number; readonly deterministic?: boolean}
  | {readonly status: 'run'; readonly reason: string; readonly seconds: number | undefined}
  /** Its inputs are not known yet: if they come out as before, it is cached, else it runs. */
  | {readonly status: 'depends'; readonly on: readonly string[]; readonly seconds: number | undefined}
);

/** Looks a plan's stages up without running anything. `seconds` is how long the stage took last time. */
export async function previewPlan(plan: Plan, store: Store): Promise<readonly Preview[]> {
  const earlier = new EarlierResults(store);
  const previews: Preview[] = [];
  for await (const {planned, looked} of lookUpPlan(plan, store)) previews.push(await preview(planned, looked, store, earlier));
  return previews;
}

async function preview(planned: PlannedStage, looked: Looked, store: Store, earlier: EarlierResults): Promise<Preview> {
  const {name: stage, use} = planned;
  switch (looked.status) {
    case 'hit': {
      const {seconds, deterministic} = looked.record.computed;
      return {stage, use, status: 'cached', seconds, ...(deterministic !== undefined && {deterministic})};
    }
    case 'unknown':
      return {stage, use, status: 'depends', on: looked.on, seconds: await lastSeconds(earlier, planned)};
    case 'miss': {
      const {fields, fault} = looked;
      const from = planned.fresh ? undefined : await describeContinuation(store, earlier, fields, planned.extending);
      const reason = `${fault ?? (await whyMiss(earlier, stage, fields))}${from ? `; continues from ${from}` : ''}`;
      return {stage, use, status: 'run', reason, seconds: await lastSeconds(earlier, planned)};
    }
    default:
      return looked satisfies never;
  }
}

/** Seconds that the newest result of this stage took to compute. */
async function lastSeconds(earlier: EarlierResults, {name, fields}: PlannedStage): Promise<number | undefined> {
  return (await earlier.of(name, fields.type))[0]?.seconds;
}
