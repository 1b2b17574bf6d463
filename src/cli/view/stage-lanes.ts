import {connect, freeColumn, plainLanes} from './graph-lanes.js';

/** Margin left of a stage's name in a list: lines from the stages it takes from, around its mark. */
export interface StageLane {
  readonly before: string;
  readonly after: string;
  /** Lines that go on below it. */
  readonly below: string;
}

/** A placeholder in the drawing, of one column; the mark of the stage's state stands there. */
const mark = '●';

/** A DAG as one row a stage, in an order in which every stage comes after those it needs. Rows are padded to the same width. */
export function stageLanes(
  stages: readonly {readonly name: string; readonly after: readonly string[]}[],
): ReadonlyMap<string, StageLane> {
  const takers = new Map<string, number>();
  for (const {after} of stages) for (const name of after) takers.set(name, (takers.get(name) ?? 0) + 1);
  const lanes: (string | undefined)[] = [];
  const rows = stages.map(({name, after}) => {
    for (const each of after) takers.set(each, (takers.get(each) ?? 1) - 1);
    const columns = lanes.flatMap((lane, column) => (lane !== undefined && after.includes(lane) ? [column] : []));
    const ending = columns.filter((column) => takers.get(lanes[column] as string) === 0);
    const dot = ending[0] ?? freeColumn(lanes);
    const art = connect(lanes, columns, ending, dot, mark);
    for (const column of ending) lanes[column] = undefined;
    if (takers.get(name)) lanes[dot] = name;
    return {name, art, below: plainLanes(lanes).trimEnd()};
  });
  const width = Math.max(0, ...rows.map(({art, below}) => Math.max(art.length, below.length)));
  return new Map(
    rows.map(({name, art, below}) => {
      const at = art.indexOf(mark);
      return [name, {before: art.slice(0, at), after: art.slice(at + 1).padEnd(width - at - 1), below: below.padEnd(width)}];
    }),
  );
}
