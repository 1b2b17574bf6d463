import type {Plan, PlannedStage} from '../../core/plan.js';
import type {StageRecord, Store} from '../../core/store.js';
import {describeContinuation} from './continuation.js';
import {EarlierResults} from './earlier.js';
import {completeKey} from './plan.js';
import {asked, whyMiss} from './why.js';

/** What a run would do with a stage. */
export type Preview = {readonly stage: string; readonly use: string} & (
  | {readonly status: 'cached'; readonly seconds: number; readonly deterministic?: boolean}
  | {readonly status: 'run'; readonly reason: string; readonly seconds: number | undefined}
  /** Its inputs are not known yet: if they come out as before, it is cached, else it runs. */
  | {readonly status: 'depends'; readonly on: readonly string[]; readonly seconds: number | undefined}
);

/** Looks a plan's stages up without running anything. `seconds` is what the stage took last time. */
export async function previewPlan(plan: Plan, store: Store): Promise<readonly Preview[]> {
  const hits = new Map<string, StageRecord>();
  const previews: Preview[] = [];
  const earlier = new EarlierResults(store);
  for (const planned of plan.stages) {
    const {name, use, inputs} = planned;
    const unknown = planned.after.filter((input) => !hits.has(input));
    if (unknown.length > 0) {
      previews.push({stage: name, use, status: 'depends', on: unknown, seconds: await lastSeconds(earlier, planned)});
      continue;
    }
    const digests = Object.entries(inputs).map(([port, edge]) => [port, hits.get(edge.stage)?.outputs[edge.port]?.digest]);
    const {fields, key} = completeKey(planned, Object.fromEntries(digests));
    const found = planned.fresh ? ({status: 'miss', fault: asked} as const) : await store.lookup(key);
    if (found.status === 'hit') {
      hits.set(name, found.record);
      const {seconds, deterministic} = found.record.computed;
      previews.push({stage: name, use, status: 'cached', seconds, ...(deterministic !== undefined && {deterministic})});
    } else {
      const from = planned.fresh ? undefined : await describeContinuation(store, earlier, fields, planned.extending);
      const reason = `${found.fault ?? (await whyMiss(earlier, name, fields))}${from ? `; goes on from ${from}` : ''}`;
      previews.push({stage: name, use, status: 'run', reason, seconds: await lastSeconds(earlier, planned)});
    }
  }
  return previews;
}

/** What the newest result of this stage took to compute. */
async function lastSeconds(earlier: EarlierResults, {name, fields}: PlannedStage): Promise<number | undefined> {
  return (await earlier.of(name, fields.type))[0]?.seconds;
}
