import {groupBy} from '../util/group-by.js';

/** An item of the layout: a box of a size, or a point that an edge passes. */
interface LaidBox {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

interface LaidEdge {
  readonly from: string;
  readonly to: string;
  /** Edges of one source that share a bundle run together until they part. */
  readonly bundle: string;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

interface Layout {
  readonly width: number;
  readonly height: number;
  /** Upper left corners. */
  readonly places: ReadonlyMap<string, Place>;
  /** By edge, in order: where it passes the columns between its ends, left to right, each at the column's left and right side. */
  readonly passages: readonly (readonly {readonly left: number; readonly right: number; readonly y: number}[])[];
}

interface Item {
  readonly name: string;
  readonly height: number;
  /** Items of the columns before that lead here. */
  readonly before: string[];
}

/**
 * Layers of a DAG, left to right: each box as far right as its longest chain of inputs is long; an edge that skips columns is given
 * room in each. Within a column the order follows the middle of what leads there. `boxes` stand in topological order.
 */
export function layOutGraph(boxes: readonly LaidBox[], edges: readonly LaidEdge[], gap: Place): Layout {
  const into = groupBy(edges, ({to}) => to);
  const depth = new Map<string, number>();
  for (const {name} of boxes) {
    const sources = into.get(name)?.map(({from}) => depth.get(from) ?? 0) ?? [];
    depth.set(name, Math.max(-1, ...sources) + 1);
  }
  const columns: Item[][] = Array.from({length: Math.max(0, ...depth.values()) + 1}, () => []);
  const items = new Map<string, Item>();
  const add = (column: number, item: Item): void => {
    items.set(item.name, item);
    columns[column]?.push(item);
  };
  for (const {name, height} of boxes) add(depth.get(name) ?? 0, {name, height, before: []});
  const routes = edges.map(({from, to, bundle}): readonly string[] => {
    const route: string[] = [];
    let last = from;
    for (let column = (depth.get(from) ?? 0) + 1; column < (depth.get(to) ?? 0); column++) {
      const name = `${bundle}\0${column}`;
      if (!items.has(name)) add(column, {name, height: 0, before: [last]});
      route.push(name);
      last = name;
    }
    items.get(to)?.before.push(last);
    return route;
  });
  const widthOf = new Map(boxes.map(({name, width}) => [name, width]));
  const widths = columns.map((column) => Math.max(0, ...column.map(({name}) => widthOf.get(name) ?? 0)));
  const heightOf = (column: readonly Item[]): number => column.reduce((sum, {height}) => sum + height + gap.y, -gap.y);
  const height = Math.max(...columns.map(heightOf));
  const places = new Map<string, Place & {readonly column: number}>();
  const middle = (name: string): number => (places.get(name)?.y ?? 0) + (items.get(name)?.height ?? 0) / 2;
  const wish = ({before}: Item): number => before.reduce((sum, name) => sum + middle(name), 0) / Math.max(1, before.length);
  let x = 0;
  for (const [index, column] of columns.entries()) {
    const ordered = column.map((item) => [wish(item), item] as const).sort(([a], [b]) => a - b);
    let y = (height - heightOf(column)) / 2;
    for (const [, item] of ordered) {
      places.set(item.name, {x, y, column: index});
      y += item.height + gap.y;
    }
    x += (widths[index] ?? 0) + gap.x;
  }
  const passage = (name: string) => {
    const {x: left, y, column} = places.get(name) ?? {x: 0, y: 0, column: 0};
    return {left, right: left + (widths[column] ?? 0), y};
  };
  return {width: x - gap.x, height, places, passages: routes.map((route) => route.map(passage))};
}
