import type {Plan} from '../core/plan.js';
import type {StageState} from '../history/run-state.js';
import {labelPort} from '../nodes/describe-port.js';
import {formatSeconds} from '../util/format.js';
import {groupBy} from '../util/group-by.js';
import {layOutGraph, type Place} from './graph-layout.js';
import {Html, html} from './html.js';
import {scroll} from './tables.js';

/** A stage as a box: what stands in it, and its output ports with their types. */
export interface GraphStage {
  readonly name: string;
  readonly use: string;
  /** Stands in the corner: how long it took. */
  readonly corner?: string;
  /** The box's class. */
  readonly state?: string;
  readonly ports?: readonly {readonly name: string; readonly label: string}[];
}

export interface GraphEdge {
  readonly from: string;
  /** Output port; an edge without one leaves the middle of the box. */
  readonly port?: string;
  readonly to: string;
  /** Shown on hover. */
  readonly title?: string;
}

const gap = {x: 40, y: 22};
const nameWidth = 8;
const smallWidth = 6.6;
const headHeight = 54;
const portHeight = 20;
/** A graph of more stages is seen by nobody, and makes the page heavy. */
const mostDrawn = 500;

/** The stages of a run as a graph in its report, with the types and shapes of what they give. */
export function graph(stages: readonly StageState[], {stages: planned}: Plan): Html {
  if (stages.length > mostDrawn) return html`<p>${stages.length} stages, which are too many to draw.</p>`;
  const byName = new Map(planned.map((stage) => [stage.name, stage]));
  const boxes = stages.map((stage) => ({
    name: stage.name,
    use: stage.use,
    corner: stateOf(stage),
    state: stage.result,
    ports: Object.entries(byName.get(stage.name)?.outputs ?? {}).map(([name, type]) => ({name, label: labelPort(type)})),
  }));
  const edges = planned.flatMap((stage) =>
    Object.values(stage.inputs).map(({stage: from, port}) => ({from, port, to: stage.name})),
  );
  return scroll('Graph of the stages', drawGraph(boxes, edges));
}

const stateOf = ({result, seconds}: StageState): string =>
  result === 'done' ? formatSeconds(seconds ?? 0) : result === 'waiting' ? '' : result;

/** A graph as SVG, left to right, without colours of its own. `stages` stand in topological order. */
export function drawGraph(stages: readonly GraphStage[], edges: readonly GraphEdge[], style?: Html): Html {
  const width = Math.round(Math.max(168, ...stages.map(widthOf)));
  const boxes = stages.map(({name, ports = []}) => ({
    name,
    width,
    height: headHeight + (ports.length > 0 ? 8 : 0) + ports.length * portHeight,
  }));
  const heights = new Map(boxes.map((box) => [box.name, box.height]));
  const bundled = edges.map((edge) => ({...edge, bundle: `${edge.from}\0${edge.port ?? ''}`}));
  const {places, passages, ...size} = layOutGraph(boxes, bundled, gap);
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  // edges that end at one box land in the order they come in
  const lastPassage = new Map(edges.map((edge, index) => [edge, passages[index]?.at(-1)?.y]));
  const heightBefore = (edge: GraphEdge): number =>
    lastPassage.get(edge) ?? (places.get(edge.from)?.y ?? 0) + portHeight * portOf(edge);
  const portOf = ({from, port}: GraphEdge): number => byName.get(from)?.ports?.findIndex(({name}) => name === port) ?? -1;
  const into = groupBy(edges, ({to}) => to);
  for (const landing of into.values()) landing.sort((a, b) => heightBefore(a) - heightBefore(b));
  const landing = (edge: GraphEdge): number => {
    const others = into.get(edge.to) ?? [];
    return ((others.indexOf(edge) + 1) * headHeight) / (others.length + 1);
  };
  const paths = edges.map((edge, index) => {
    const from = places.get(edge.from);
    const to = places.get(edge.to);
    if (!from || !to) return new Html('');
    const port = portOf(edge);
    const start = {x: from.x + width, y: from.y + (port < 0 ? headHeight / 2 : portY(port) - 4)};
    const end = {x: to.x, y: to.y + landing(edge)};
    return drawEdge(start, passages[index] ?? [], end, edge.title);
  });
  const drawn = stages.map((stage) =>
    drawStage(stage, places.get(stage.name) ?? {x: 0, y: 0}, {width, height: heights.get(stage.name) ?? 0}),
  );
  const label = `Graph of ${stages.length} stages: ${stages.map(({name}) => describeStage(name, into.get(name))).join('; ')}`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" aria-label="${label}" viewBox="-2 -2 ${size.width + 4} ${size.height + 4}" width="${size.width + 4}" height="${size.height + 4}">${style}${paths}${drawn}</svg>`;
}

function widthOf({name, use, corner = '', ports = []}: GraphStage): number {
  const rows = ports.map((port) => (port.name.length + port.label.length) * smallWidth + 44);
  return Math.max(
    name.length * nameWidth + corner.length * smallWidth + 44,
    ports.length > 0 ? use.length * smallWidth + 28 : 0,
    ...rows,
  );
}

function describeStage(name: string, into: readonly GraphEdge[] = []): string {
  const sources = [...new Set(into.map(({from}) => from))];
  return sources.length > 0 ? `${name} after ${sources.join(' and ')}` : name;
}

/** Base line of the text of the nth port. */
const portY = (index: number): number => headHeight + 8 + index * portHeight + 6;

function drawEdge(start: Place, passages: readonly {left: number; right: number; y: number}[], end: Place, title?: string): Html {
  let path = `M${start.x} ${start.y}`;
  let from = start;
  for (const {left, right, y} of [...passages, {left: end.x, right: end.x, y: end.y}]) {
    const bend = Math.max(20, (left - from.x) / 2);
    path += `C${from.x + bend} ${from.y} ${left - bend} ${y} ${left} ${y}`;
    if (right > left) path += `L${right} ${y}`;
    from = {x: right, y};
  }
  return html`<path class="edge" d="${path}">${title !== undefined && html`<title>${title}</title>`}</path>`;
}

function drawStage(
  {name, use, corner, state = '', ports = []}: GraphStage,
  {x, y}: Place,
  {width, height}: {width: number; height: number},
): Html {
  const rows = ports.map(
    (port, index) =>
      html`<text class="port" x="${x + 14}" y="${y + portY(index)}">${port.name}</text><text class="type" x="${x + width - 14}" y="${y + portY(index)}" text-anchor="end">${port.label !== port.name && port.label}</text>`,
  );
  const time =
    corner !== undefined && html`<text class="state" x="${x + width - 14}" y="${y + 23}" text-anchor="end">${corner}</text>`;
  return html`<g class="node ${state}"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/><text class="name" x="${x + 14}" y="${y + 23}">${name}</text>${time}<text class="use" x="${x + 14}" y="${y + 41}">${shorten(use, Math.floor((width - 28) / smallWidth))}</text>${rows}</g>`;
}

const shorten = (text: string, limit: number): string => (text.length > limit ? `${text.slice(0, limit - 1)}…` : text);
