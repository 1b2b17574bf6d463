import type {Digest} from '../../core/digest.js';
import type {Plan, PlannedStage} from '../../core/plan.js';
import type {StageRecord, Store} from '../../core/store.js';
import {fingerprintModule, shortDigests} from './fingerprint.js';
import {completeKey} from './plan.js';
import {selectStages} from './selection.js';
import {type Difference, differences} from './why.js';

export type Explanation = {readonly stage: string; readonly use: string} & (
  | {readonly status: 'cached'; readonly at: number; readonly seconds: number; readonly deterministic?: boolean}
  | ({readonly status: 'run'} & Changes)
  /** Its inputs are not known before `on` have run; what else has changed is told. */
  | ({readonly status: 'depends'; readonly on: readonly string[]} & Changes)
);

/** What differs from the nearest earlier result of the stage; without one, nothing is known. */
interface Changes {
  /** Something was there and could not be trusted. */
  readonly fault?: string;
  readonly earlier?: {readonly at: number; readonly seconds: number};
  readonly differences: readonly Difference[];
  /** Files of its code, when that is what changed and both are known. */
  readonly files?: readonly {readonly path: string; readonly change: 'changed' | 'new' | 'gone'}[];
}

/** Why a stage of a plan would run, or not. `moduleOf` finds the compiled module of a stage's node type. */
export async function explainStage(
  plan: Plan,
  stage: string,
  store: Store,
  moduleOf: (planned: PlannedStage) => Promise<URL | undefined>,
): Promise<Explanation> {
  const {stages} = selectStages(plan, {only: [], from: [], until: [stage], force: []}).plan;
  const hits = new Map<string, StageRecord>();
  for (const planned of stages) {
    const {name, use, inputs} = planned;
    const on = planned.after.filter((input) => !hits.has(input));
    if (on.length > 0) {
      if (name === stage) return {stage, use, status: 'depends', on, ...(await changes(planned, undefined, store, moduleOf))};
      continue;
    }
    const digests = Object.entries(inputs).map(([port, edge]) => [port, hits.get(edge.stage)?.outputs[edge.port]?.digest]);
    const {key, fields} = completeKey(planned, Object.fromEntries(digests));
    const found = await store.lookup(key);
    if (found.status === 'hit') hits.set(name, found.record);
    if (name !== stage) continue;
    if (found.status === 'miss')
      return {
        stage,
        use,
        status: 'run',
        ...(found.fault !== undefined && {fault: found.fault}),
        ...(await changes(planned, fields.inputs, store, moduleOf)),
      };
    const {at, seconds, deterministic} = found.record.computed;
    return {stage, use, status: 'cached', at, seconds, ...(deterministic !== undefined && {deterministic})};
  }
  throw new Error(`no stage ${stage} in the plan`);
}

async function changes(
  planned: PlannedStage,
  inputs: Readonly<Record<string, Digest>> | undefined,
  store: Store,
  moduleOf: (planned: PlannedStage) => Promise<URL | undefined>,
): Promise<Changes> {
  const fields = inputs ? {...planned.fields, inputs} : planned.fields;
  let nearest: {record: StageRecord; differences: readonly Difference[]} | undefined;
  for await (const record of store.records()) {
    if (record.computed.stage !== planned.name || record.fields['type'] !== fields.type) continue;
    const {inputs: earlier, ...rest} = record.fields;
    const found = differences(inputs ? {...rest, inputs: earlier} : rest, fields);
    if (!nearest || found.length < nearest.differences.length) nearest = {record, differences: found};
  }
  if (!nearest) return {differences: []};
  const {at, seconds, code} = nearest.record.computed;
  const known = {earlier: {at, seconds}, differences: nearest.differences};
  const module = code && nearest.differences.some(({path}) => path === 'code') ? await moduleOf(planned) : undefined;
  if (!code || !module) return known;
  return {...known, files: changedFiles(code, shortDigests((await fingerprintModule(module)).files))};
}

function changedFiles(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((path) => before[path] !== after[path])
    .map((path) => {
      const change =
        before[path] === undefined ? ('new' as const) : after[path] === undefined ? ('gone' as const) : ('changed' as const);
      return {path, change};
    });
}
