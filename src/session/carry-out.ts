import type {Digest} from '../core/digest.js';
import type {Outcome, RunEvent} from '../core/events.js';
import type {Finding} from '../core/finding.js';
import type {Plan} from '../core/plan.js';
import {hasResult, stageResults} from '../history/run-state.js';
import type {Session, View} from './session.js';

/** Key and digests of the outputs of every stage that has a result. */
export type Results = ReadonlyMap<string, {readonly key: Digest; readonly digests: Readonly<Record<string, Digest>>}>;

type CarriedOut =
  | {readonly status: 'refused'; readonly finding: Finding}
  | {readonly status: 'ended'; readonly outcome: Outcome; readonly results: Results};

interface CarryOutSettings {
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
      if (hasResult(event)) ends.push(event);
    },
    close: async () => {},
  };
  const outcome = await session.run(plan, {runId, observers: [results, view], notice: view.notice, graceMilliseconds});
  return {status: 'ended', outcome, results: resultsOf(ends)};
}

/** Key and digests of the outputs of every stage that has a result, from the events of a run. */
export const resultsOf = (events: readonly RunEvent[]): Results =>
  new Map(
    [...stageResults(events)].map(([stage, {key, outputs}]) => [
      stage,
      {key, digests: Object.fromEntries(Object.entries(outputs).map(([port, {digest}]) => [port, digest]))},
    ]),
  );

export const sameDigests = (left: Readonly<Record<string, Digest>>, right: Readonly<Record<string, Digest>>): boolean =>
  Object.keys(left).length === Object.keys(right).length &&
  Object.entries(left).every(([port, digest]) => right[port] === digest);
