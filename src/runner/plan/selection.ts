import type {Plan, PlannedStage} from '../../core/plan.js';

/** Which stages of a plan shall run; with nothing asked for, all. */
interface Selection {
  /** These alone. */
  readonly only: readonly string[];
  /** These and all that take their outputs, directly or not. */
  readonly from: readonly string[];
  /** These and all that they need. */
  readonly until: readonly string[];
  /** Computed anew, cached or not. */
  readonly force: readonly string[];
}

interface Selected {
  /** The stages that shall run, with those whose results they take. */
  readonly plan: Plan;
  /** Stages that only give their results: they must be cached. */
  readonly given: ReadonlySet<string>;
}

/** A plan of what is asked for. All names must be stages of the plan. */
export function selectStages(plan: Plan, {only, from, until, force}: Selection): Selected {
  const after = new Map(plan.stages.map((stage) => [stage.name, stage.after]));
  const before = new Map(plan.stages.map(({name}) => [name, [] as string[]]));
  for (const stage of plan.stages) for (const input of stage.after) before.get(input)?.push(stage.name);

  const downstream = reachable(from, before);
  const upstream = reachable(until, after);
  const isWanted = ({name}: PlannedStage): boolean =>
    only.length > 0
      ? only.includes(name)
      : (from.length === 0 || downstream.has(name)) && (until.length === 0 || upstream.has(name));
  const wanted = new Set(plan.stages.filter(isWanted).map(({name}) => name));
  const kept = reachable([...wanted], after);
  return {
    plan: {
      ...plan,
      stages: plan.stages
        .filter(({name}) => kept.has(name))
        .map((stage) => (force.includes(stage.name) ? {...stage, fresh: true} : stage)),
      checks: plan.checks.filter(({stage}) => kept.has(stage)),
    },
    given: new Set([...kept].filter((name) => !wanted.has(name))),
  };
}

/** The names, and all that can be reached from them. */
function reachable(names: readonly string[], next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...(next.get(name) ?? []));
  }
  return found;
}
