import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Digest} from '../core/digest.js';
import type {RunEvent} from '../core/events.js';
import type {Finding} from '../core/finding.js';
import type {Plan} from '../core/plan.js';
import type {Outcome} from '../runner/run/run.js';
import type {Session, View} from './session.js';

/** Key and digests of the outputs of every stage that has a result. */
export type Results = ReadonlyMap<string, {readonly key: Digest; readonly digests: Readonly<Record<string, Digest>>}>;

export type CarriedOut =
  | {readonly status: 'refused'; readonly finding: Finding}
  | {readonly status: 'ended'; readonly outcome: Outcome; readonly results: Results};

export interface CarryOutSettings {
  /** Name of the run in its events; the recipe's when not given. */
  readonly runId?: string;
  readonly view: View;
  readonly graceMilliseconds?: number;
}

/** Runs a plan and shows it, without a folder in `runs`: no journal, no report, no tracker. */
export async function carryOut(session: Session, plan: Plan, settings: CarryOutSettings): Promise<CarriedOut> {
  const finding = await session.refusal(plan);
  if (finding) return {status: 'refused', finding};
  const {runId = plan.recipe.name, view, graceMilliseconds} = settings;
  const ends: RunEvent[] = [];
  const results = {
    hear: (event: RunEvent): void => {
      if (event.type === 'stage-finished' || event.type === 'stage-cached') ends.push(event);
    },
    close: async () => {},
  };
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-'));
  try {
    const observers = [results, view];
    const outcome = await session.run(plan, {runId, folder, observers, notice: view.notice, graceMilliseconds});
    return {status: 'ended', outcome, results: resultsOf(ends)};
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

/** Key and digests of the outputs of every stage that has a result, from the events of a run. */
export const resultsOf = (events: readonly RunEvent[]): Results =>
  new Map(
    events.flatMap((event) => {
      if (event.type !== 'stage-finished' && event.type !== 'stage-cached') return [];
      const digests = Object.fromEntries(Object.entries(event.outputs).map(([port, {digest}]) => [port, digest]));
      return [[event.stage, {key: event.key, digests}] as const];
    }),
  );

export const sameDigests = (left: Readonly<Record<string, Digest>>, right: Readonly<Record<string, Digest>>): boolean =>
  Object.keys(left).length === Object.keys(right).length &&
  Object.entries(left).every(([port, digest]) => right[port] === digest);
