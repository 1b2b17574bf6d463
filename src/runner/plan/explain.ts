import type {Digest} from '../../core/digest.js';
import type {Plan, PlannedStage} from '../../core/plan.js';
import type {StageRecord, Store} from '../../core/store.js';
import {EarlierResults} from './earlier.js';
import {fingerprintModule, shortDigests} from './fingerprint.js';
import {lookUpPlan} from './look-up.js';
import {selectStages} from './selection.js';
import {type Difference, type KnownFields, nearestEarlier} from './why.js';

export type Explanation = {readonly stage: string; readonly use: string} & (
  | {readonly status: 'cached'; readonly at: number; readonly seconds: number; readonly deterministic?: boolean}
  | ({readonly status: 'run'} & Changes)
  /** Its inputs are not known before `on` have run; the differences are those of the rest. */
  | ({readonly status: 'depends'; readonly on: readonly string[]} & Changes)
);

/** Differences from the nearest earlier result of the stage; without one, nothing is known. */
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
  const {plan: needed} = selectStages(plan, {only: [], from: [], until: [stage], force: []});
  for await (const {planned, looked} of lookUpPlan(needed, store)) {
    if (planned.name !== stage) continue;
    const {use} = planned;
    switch (looked.status) {
      case 'hit': {
        const {at, seconds, deterministic} = looked.record.computed;
        return {stage, use, status: 'cached', at, seconds, ...(deterministic !== undefined && {deterministic})};
      }
      case 'unknown':
        return {stage, use, status: 'depends', on: looked.on, ...(await changes(planned, planned.fields, store, moduleOf))};
      case 'miss': {
        const {fields, fault} = looked;
        const found = await changes(planned, fields, store, moduleOf);
        return {stage, use, status: 'run', ...(fault !== undefined && {fault}), ...found};
      }
      default:
        looked satisfies never;
    }
  }
  throw new Error(`no stage ${stage} in the plan`);
}

async function changes(
  planned: PlannedStage,
  fields: KnownFields,
  store: Store,
  moduleOf: (planned: PlannedStage) => Promise<URL | undefined>,
): Promise<Changes> {
  const nearest = await nearestEarlier(new EarlierResults(store), planned.name, fields);
  if (!nearest) return {differences: []};
  const {result, differences} = nearest;
  const known = {earlier: {at: result.at, seconds: result.seconds}, differences};
  if (!differences.some(({path}) => path === 'code')) return known;
  const [code, module] = await Promise.all([codeOf(store, result.key), moduleOf(planned)]);
  if (!code || !module) return known;
  return {...known, files: changedFiles(code, shortDigests((await fingerprintModule(module)).files))};
}

async function codeOf(store: Store, key: Digest): Promise<StageRecord['computed']['code']> {
  for await (const record of store.records()) if (record.key === key) return record.computed.code;
  return undefined;
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
